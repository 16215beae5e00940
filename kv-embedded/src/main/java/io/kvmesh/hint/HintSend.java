package io.kvmesh.hint;

import io.kvmesh.api.KvException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.metadata.Hint;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.model.Version;
import io.kvmesh.replica.Refusal;
import io.kvmesh.replica.ReplicaMessages;
import io.kvmesh.replica.ReplyStatus;
import io.kvmesh.replica.RingFence;
import io.kvmesh.replica.RingFence.Verdict;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.storage.WriteCallback;
import io.kvmesh.transport.Messenger;
import io.kvmesh.transport.ReplyHandler;
import io.kvmesh.transport.Verb;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sends one hint to its recipients as any write of a replica, and tells once what became of it. Guarded by its own
 * monitor.
 */
final class HintSend implements ReplyHandler, WriteCallback {
    /** How often a recipient is taught the map before it is taken for one that does not learn it. */
    private static final int DESCRIPTORS_SENT_MAX = 4;

    private static final int DESCRIPTOR_BYTES = 128;

    /** What became of a hint. */
    enum Outcome {
        /** All recipients acknowledged it. */
        DELIVERED,
        /** A recipient will not take this one, and may well take others. */
        REFUSED,
        /** A recipient takes nothing at the moment, or did not answer. */
        UNANSWERED
    }

    private final NodeId self;
    private final StorageEngine engine;
    private final RingFence fence;
    private final Messenger messenger;
    private final RingEpoch epoch;
    private final MapDescriptor map;
    private final Hint hint;
    private final long deadlineNanos;
    private final Consumer<Outcome> listener;
    private final TreeSet<NodeId> missing;
    private long correlation;
    private int descriptorsSent;
    private boolean done;

    /** @param epoch the state of the ring by which the recipients were chosen */
    HintSend(
            NodeId self,
            StorageEngine engine,
            RingFence fence,
            Messenger messenger,
            RingEpoch epoch,
            MapDescriptor map,
            Hint hint,
            List<NodeId> recipients,
            long deadlineNanos,
            Consumer<Outcome> listener) {
        this.self = self;
        this.engine = engine;
        this.fence = fence;
        this.messenger = messenger;
        this.epoch = epoch;
        this.map = map;
        this.hint = hint;
        this.deadlineNanos = deadlineNanos;
        this.listener = listener;
        missing = new TreeSet<>(recipients);
    }

    /**
     * Sends it.
     *
     * @throws KvException if this member has too much under way
     */
    void start() {
        List<NodeId> recipients = List.copyOf(missing);
        long registered = messenger.begin(this, deadlineNanos);
        synchronized (this) {
            correlation = registered;
        }
        for (NodeId recipient : recipients) {
            send(recipient);
        }
    }

    private void send(NodeId recipient) {
        if (recipient.equals(self)) {
            writeLocally();
            return;
        }
        ByteWriter request = newRequest(
                Verb.REPLICA_WRITE, ReplicaMessages.headBytes(hint.key()) + ReplicaMessages.cellBytes(hint.cell()));
        ReplicaMessages.putHead(request, epoch, map, hint.key());
        ReplicaMessages.putCell(request, hint.cell());
        messenger.send(recipient, request);
    }

    private void writeLocally() {
        try {
            Mutation mutation = new Mutation(map.id(), hint.key(), hint.cell());
            if (fence.write(engine, epoch, mutation, this) != Verdict.SERVED) {
                end(Outcome.UNANSWERED);
            }
        } catch (KvException e) {
            onFailed(e);
        }
    }

    @Override
    public void onWritten(@Nullable Version newer) {
        acknowledged(self);
    }

    @Override
    public void onFailed(KvException reason) {
        end(Outcome.UNANSWERED);
    }

    @Override
    public void onReply(NodeId from, ByteReader payload) {
        try {
            ReplyStatus status = ReplicaMessages.readStatus(payload);
            switch (status) {
                // One that has a newer version needs the hint no more than one that took it.
                case WRITTEN, WRITTEN_BUT_OLDER -> acknowledged(from);
                case UNKNOWN_MAP -> teach(from);
                case MAP_CREATED -> send(from);
                case REFUSED -> refused(ReplicaMessages.readRefusal(payload));
                default -> end(Outcome.REFUSED);
            }
        } catch (MalformedBytesException e) {
            end(Outcome.REFUSED);
        }
    }

    @Override
    public void onFailure(NodeId from, Failure failure) {
        end(Outcome.UNANSWERED);
    }

    @Override
    public void onTick(long nowNanos) {
        if (nowNanos >= deadlineNanos) {
            end(Outcome.UNANSWERED);
        }
    }

    private void refused(Refusal refusal) {
        switch (refusal) {
            case SPEC_MISMATCH, OTHER, CORRUPT, CLOCK_AHEAD -> end(Outcome.REFUSED);
            default -> end(Outcome.UNANSWERED);
        }
    }

    private void teach(NodeId recipient) {
        boolean tooOften;
        synchronized (this) {
            descriptorsSent++;
            tooOften = descriptorsSent > DESCRIPTORS_SENT_MAX;
        }
        if (tooOften) {
            end(Outcome.REFUSED);
            return;
        }
        ByteWriter request = newRequest(Verb.MAP_SPEC, DESCRIPTOR_BYTES);
        ReplicaMessages.putDescriptor(request, map);
        messenger.send(recipient, request);
    }

    private ByteWriter newRequest(Verb verb, int payloadBytes) {
        long registered;
        synchronized (this) {
            registered = correlation;
        }
        return messenger.newRequest(verb, registered, deadlineNanos, payloadBytes);
    }

    private void acknowledged(NodeId recipient) {
        boolean all;
        synchronized (this) {
            missing.remove(recipient);
            all = missing.isEmpty();
        }
        if (all) {
            end(Outcome.DELIVERED);
        }
    }

    private void end(Outcome outcome) {
        long registered;
        synchronized (this) {
            if (done) {
                return;
            }
            done = true;
            registered = correlation;
        }
        messenger.end(registered);
        listener.accept(outcome);
    }
}
