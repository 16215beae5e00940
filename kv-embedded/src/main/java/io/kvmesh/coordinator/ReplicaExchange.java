package io.kvmesh.coordinator;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.replica.Refusal;
import io.kvmesh.replica.ReplicaMessages;
import io.kvmesh.replica.ReplyStatus;
import io.kvmesh.replica.RingFence.Verdict;
import io.kvmesh.storage.WriteCallback;
import io.kvmesh.transport.ReplyHandler;
import io.kvmesh.transport.Verb;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The requests of one operation to remote replicas, and their replies. Guarded by its own monitor. Teaches a replica
 * the map it does not know, then asks it again.
 */
abstract class ReplicaExchange implements ReplyHandler {
    /** How often one exchange sends the map's descriptor before it takes the replica for failed. */
    private static final int DESCRIPTORS_SENT_MAX = 8;

    private static final long NOT_REGISTERED = -1;
    private static final int DESCRIPTOR_BYTES = 128;

    final CoordinatorContext context;
    final MapDescriptor map;
    final long deadlineNanos;
    /** The state of the ring by which the replicas were chosen. */
    final RingEpoch epoch;
    /** What the replicas told of other states of the ring. */
    final RingWait ringWait;

    private volatile long correlation = NOT_REGISTERED;
    private int descriptorsSent;

    ReplicaExchange(CoordinatorContext context, MapDescriptor map, long deadlineNanos, RingEpoch epoch) {
        this.context = context;
        this.map = map;
        this.deadlineNanos = deadlineNanos;
        this.epoch = epoch;
        this.ringWait = new RingWait(epoch);
    }

    /** Must precede the first request. */
    final void register() {
        correlation = context.messenger().begin(this, deadlineNanos);
    }

    final boolean isRegistered() {
        return correlation != NOT_REGISTERED;
    }

    /** Later replies are dropped. Idempotent. */
    final void unregister() {
        long registered = correlation;
        if (registered != NOT_REGISTERED) {
            context.messenger().end(registered);
        }
    }

    final ByteWriter newRequest(Verb verb, int payloadBytes) {
        return context.messenger().newRequest(verb, correlation, deadlineNanos, payloadBytes);
    }

    @Override
    public final void onReply(NodeId from, ByteReader payload) {
        ReplyStatus status = ReplicaMessages.readStatus(payload);
        switch (status) {
            case UNKNOWN_MAP -> teach(from);
            case MAP_CREATED -> askAgain(from);
            case REFUSED -> onRefusal(from, payload);
            default -> onAnswer(from, status, payload);
        }
    }

    /** Prepares for the answer of a replica that gets a write of so many bytes from another one. */
    final boolean expectWrite(NodeId replica, int frameBytes) {
        return context.messenger().expect(replica, Verb.REPLICA_WRITE, correlation, frameBytes);
    }

    /** Whether that answer was still awaited; now it is not any more. */
    final boolean stopExpectingWrite(NodeId replica) {
        return context.messenger().stopExpecting(replica, Verb.REPLICA_WRITE, correlation);
    }

    /** The replica will not answer. Called before it is taken for failed. */
    void onUnanswered(NodeId replica) {}

    @Override
    public final void onFailure(NodeId from, Failure failure) {
        onUnanswered(from);
        switch (failure) {
            case NO_SESSION -> onRefused(from, null, failure.toString());
            case SESSION_ENDED -> onRefused(from, Refusal.FAILED, "its connection ended before it answered");
            case BUDGET_SPENT, OVERLOADED -> onRefused(from, Refusal.OVERLOADED, failure.toString());
        }
    }

    private void onRefusal(NodeId from, ByteReader payload) {
        Refusal refusal = ReplicaMessages.readRefusal(payload);
        String text = payload.readString();
        if (refusal.isOfRing()) {
            context.ringNews().onOtherEpoch(from, ReplicaMessages.readEpoch(payload));
        }
        onRefused(from, refusal, text);
    }

    /** A request that carries a cell; it may be sent to several replicas. */
    final ByteWriter newWrite(Key key, Cell cell) {
        ByteWriter request =
                newRequest(Verb.REPLICA_WRITE, ReplicaMessages.headBytes(key) + ReplicaMessages.cellBytes(cell));
        ReplicaMessages.putHead(request, epoch, map, key);
        ReplicaMessages.putCell(request, cell);
        return request;
    }

    /** A write that the replica is to pass on to the receivers. */
    final ByteWriter newCarriedWrite(List<NodeId> receivers, Key key, Cell cell) {
        int bytes = ReplicaMessages.receiversBytes(receivers.size())
                + ReplicaMessages.headBytes(key)
                + ReplicaMessages.cellBytes(cell);
        ByteWriter request = newRequest(Verb.CARRIED_WRITE, bytes);
        ReplicaMessages.putReceivers(request, receivers);
        ReplicaMessages.putHead(request, epoch, map, key);
        ReplicaMessages.putCell(request, cell);
        return request;
    }

    /** Writes this member's own copy. What the fence does not admit is refused as by any other replica. */
    final void writeHere(Key key, Cell cell, WriteCallback callback) {
        Verdict verdict = context.fence().write(context.engine(), epoch, new Mutation(map.id(), key, cell), callback);
        if (verdict != Verdict.SERVED) {
            onRefused(context.self(), verdict.refusal(), context.fence().describe(epoch));
        }
    }

    /** A reply with content: any status but those about maps and refusals. */
    abstract void onAnswer(NodeId from, ReplyStatus status, ByteReader payload);

    /** The replica did nothing, or cannot be reached (then the refusal is null). */
    abstract void onRefused(NodeId from, @Nullable Refusal refusal, String text);

    /** Sends the request to this replica again. */
    abstract void askAgain(NodeId replica);

    private void teach(NodeId replica) {
        synchronized (this) {
            descriptorsSent++;
        }
        if (descriptorsSent > DESCRIPTORS_SENT_MAX) {
            onRefused(replica, Refusal.OTHER, "does not learn the map '" + map.name() + "'");
            return;
        }
        ByteWriter request = newRequest(Verb.MAP_SPEC, DESCRIPTOR_BYTES);
        ReplicaMessages.putDescriptor(request, map);
        context.messenger().send(replica, request);
    }
}
