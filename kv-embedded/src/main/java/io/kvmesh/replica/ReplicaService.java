package io.kvmesh.replica;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.KvException;
import io.kvmesh.api.KvException.Outcome;
import io.kvmesh.api.MapSpecMismatchException;
import io.kvmesh.api.OverloadedException;
import io.kvmesh.api.StoreClosedException;
import io.kvmesh.api.StoreReadOnlyException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.Cell;
import io.kvmesh.model.HybridClock;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.Version;
import io.kvmesh.replica.ReplicaMessages.Head;
import io.kvmesh.replica.ReplicaMessages.KeyOfMap;
import io.kvmesh.replica.RingFence.Verdict;
import io.kvmesh.runtime.Invariants;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.storage.WriteCallback;
import io.kvmesh.transport.InboundRequest;
import io.kvmesh.transport.Messenger;
import io.kvmesh.transport.Verb;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Answers the replica requests of other members from the local engine. Safe for any thread.
 *
 * <ol>
 *   <li>A write is applied on the transport's thread and answered when the engine calls back, since the coordinator
 *       counts the answer as a durable copy.
 *   <li>A write from another data centre is passed on to the other replicas here, which answer the coordinator.
 *   <li>A read is answered on the transport's thread when memory holds the answer, else on the read lane.
 *   <li>What the {@link RingFence} does not admit is refused with the state of the ring that this member knows.
 *   <li>Pages of many keys are the {@link PageService}'s.
 *   <li>A map's descriptor is stored on the flush lane, since that syncs a file.
 * </ol>
 */
public final class ReplicaService {
    private final StorageEngine engine;
    private final HybridClock clock;
    private final Scheduler scheduler;
    private final RingFence fence;
    private final PageService pages;

    public ReplicaService(StorageEngine engine, HybridClock clock, Scheduler scheduler, RingFence fence) {
        this.engine = engine;
        this.clock = clock;
        this.scheduler = scheduler;
        this.fence = fence;
        this.pages = new PageService(engine, scheduler, fence);
    }

    /** Takes over the replica verbs of a messenger. */
    public void register(Messenger messenger) {
        messenger.handle(Verb.REPLICA_WRITE, this::onWrite);
        messenger.handle(Verb.CARRIED_WRITE, this::onCarriedWrite);
        messenger.handle(Verb.REPLICA_READ, (request, payload) -> onRead(request, payload, this::readCell));
        messenger.handle(Verb.REPLICA_READ_VERSION, (request, payload) -> onRead(request, payload, this::readVersion));
        messenger.handle(Verb.REPLICA_PAGE, pages::onPage);
        messenger.handle(Verb.MAP_SPEC, this::onMapSpec);
    }

    /** The others first, so that they work while this replica does. Whether they take it is for them to say. */
    private void onCarriedWrite(InboundRequest request, ByteReader payload) {
        request.passOn(ReplicaMessages.readReceivers(payload), Verb.REPLICA_WRITE, payload);
        onWrite(request, payload);
    }

    private void onWrite(InboundRequest request, ByteReader payload) {
        Head head = ReplicaMessages.readHead(payload);
        if (!Replies.isKnown(engine, request, head.of())) {
            return;
        }
        Mutation mutation = ReplicaMessages.readMutation(head.of(), payload);
        long stampMicros = mutation.cell().version().timestampMicros();
        if (clock.isTooFarAhead(stampMicros)) {
            Replies.refuse(
                    request,
                    Refusal.CLOCK_AHEAD,
                    "the stamp of the write by " + mutation.cell().version().origin() + " lies "
                            + clock.aheadMicros(stampMicros) / 1_000 + " ms ahead of this member's clock; at most "
                            + HybridClock.AHEAD_MICROS_MAX / 1_000 + " ms are allowed. Set the clocks right.");
            return;
        }
        clock.observe(stampMicros);
        try {
            Verdict verdict = fence.write(engine, head.epoch(), mutation, new ReplyToWrite(request));
            if (verdict != Verdict.SERVED) {
                Replies.refuse(request, fence, verdict, head.epoch());
            }
        } catch (KvException e) {
            Replies.refuse(request, e);
        }
    }

    private void onRead(InboundRequest request, ByteReader payload, Answer answer) {
        Head head = ReplicaMessages.readHead(payload);
        if (!isAdmitted(request, head) || !Replies.isKnown(engine, request, head.of())) {
            return;
        }
        try {
            ByteWriter reply = answer.read(request, head.of(), true);
            if (reply != null) {
                reply(request, head, reply);
            } else if (!scheduler.offer(Lane.READ, () -> readFromDisk(request, head, answer))) {
                request.replyOverloaded();
            }
        } catch (KvException e) {
            Replies.refuse(request, e);
        }
    }

    private void readFromDisk(InboundRequest request, Head head, Answer answer) {
        if (request.isExpired()) {
            return;
        }
        try {
            ByteWriter reply = answer.read(request, head.of(), false);
            Invariants.check(reply != null, "a read that may use the disk has an answer");
            reply(request, head, Objects.requireNonNull(reply));
        } catch (KvException e) {
            Replies.refuse(request, e);
        }
    }

    /** Asks once more: while the disk was read, the partition may have been given away and dropped. */
    private void reply(InboundRequest request, Head head, ByteWriter reply) {
        if (isAdmitted(request, head)) {
            request.reply(reply);
        }
    }

    /** Whether the ring lets the request in; if not, it is answered so. */
    private boolean isAdmitted(InboundRequest request, Head head) {
        Verdict verdict = fence.admitRead(head.key().partition(), head.epoch());
        if (verdict != Verdict.SERVED) {
            Replies.refuse(request, fence, verdict, head.epoch());
        }
        return verdict == Verdict.SERVED;
    }

    private void onMapSpec(InboundRequest request, ByteReader payload) {
        MapDescriptor map = ReplicaMessages.readDescriptor(payload);
        if (!scheduler.offer(Lane.FLUSH, () -> createMap(request, map))) {
            request.replyOverloaded();
        }
    }

    private void createMap(InboundRequest request, MapDescriptor map) {
        try {
            engine.createMap(map);
            request.reply(Replies.status(request, ReplyStatus.MAP_CREATED));
        } catch (KvException e) {
            Replies.refuse(request, e);
        }
    }

    private @Nullable ByteWriter readCell(InboundRequest request, KeyOfMap key, boolean residentOnly) {
        Cell cell = residentOnly ? engine.readResident(key.map(), key.key()) : engine.read(key.map(), key.key());
        if (StorageEngine.needsDisk(cell)) {
            return null;
        }
        return cell == null ? Replies.status(request, ReplyStatus.ABSENT) : Replies.cell(request, cell);
    }

    private @Nullable ByteWriter readVersion(InboundRequest request, KeyOfMap key, boolean residentOnly) {
        Version version = residentOnly
                ? engine.readVersionResident(key.map(), key.key())
                : engine.readVersion(key.map(), key.key());
        if (StorageEngine.needsDisk(version)) {
            return null;
        }
        return version == null
                ? Replies.status(request, ReplyStatus.ABSENT)
                : Replies.version(request, ReplyStatus.VERSION, version);
    }

    /** The refusal that stands for a local error. */
    public static Refusal refusalOf(KvException reason) {
        if (reason.outcome() == Outcome.UNKNOWN) {
            return Refusal.FAILED;
        } else if (reason instanceof StoreReadOnlyException) {
            return Refusal.READ_ONLY;
        } else if (reason instanceof OverloadedException) {
            return Refusal.OVERLOADED;
        } else if (reason instanceof CorruptDataException) {
            return Refusal.CORRUPT;
        } else if (reason instanceof MapSpecMismatchException) {
            return Refusal.SPEC_MISMATCH;
        } else if (reason instanceof StoreClosedException) {
            return Refusal.CLOSED;
        }
        return Refusal.OTHER;
    }

    /** Answers one kind of read. */
    @FunctionalInterface
    private interface Answer {
        /** The reply; null if that takes the disk, which may not be read. */
        @Nullable
        ByteWriter read(InboundRequest request, KeyOfMap key, boolean residentOnly);
    }

    /** Answers a write once the engine is done with it. */
    private record ReplyToWrite(InboundRequest request) implements WriteCallback {

        @Override
        public void onWritten(@Nullable Version newer) {
            request.reply(
                    newer == null
                            ? Replies.status(request, ReplyStatus.WRITTEN)
                            : Replies.version(request, ReplyStatus.WRITTEN_BUT_OLDER, newer));
        }

        @Override
        public void onFailed(KvException reason) {
            Replies.refuse(request, reason);
        }
    }
}
