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
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.Version;
import io.kvmesh.replica.PageMessages.KeyedCell;
import io.kvmesh.replica.PageMessages.Page;
import io.kvmesh.replica.ReplicaMessages.KeyOfMap;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.storage.CellCursor;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.storage.WriteCallback;
import io.kvmesh.transport.InboundRequest;
import io.kvmesh.transport.Messenger;
import io.kvmesh.transport.Verb;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the replica requests of other members from the local engine. Safe for any thread.
 *
 * <ol>
 *   <li>A write is applied on the transport's thread and answered when the engine calls back, since the coordinator
 *       counts the answer as a durable copy.
 *   <li>A read is answered on the transport's thread when memory holds the answer, else on the read lane.
 *   <li>A page of many keys is read on the read lane.
 *   <li>A map's descriptor is stored on the flush lane, since that syncs a file.
 * </ol>
 */
public final class ReplicaService {
    private static final Logger LOG = LoggerFactory.getLogger(ReplicaService.class);
    private static final int SMALL_REPLY_BYTES = 32;

    private final StorageEngine engine;
    private final HybridClock clock;
    private final Scheduler scheduler;

    public ReplicaService(StorageEngine engine, HybridClock clock, Scheduler scheduler) {
        this.engine = engine;
        this.clock = clock;
        this.scheduler = scheduler;
    }

    /** Takes over the replica verbs of a messenger. */
    public void register(Messenger messenger) {
        messenger.handle(Verb.REPLICA_WRITE, this::onWrite);
        messenger.handle(Verb.REPLICA_READ, (request, payload) -> onRead(request, payload, this::giveCell));
        messenger.handle(Verb.REPLICA_READ_VERSION, (request, payload) -> onRead(request, payload, this::giveVersion));
        messenger.handle(Verb.REPLICA_PAGE, this::onPage);
        messenger.handle(Verb.MAP_SPEC, this::onMapSpec);
    }

    private void onWrite(InboundRequest request, ByteReader payload) {
        KeyOfMap key = ReplicaMessages.readKey(payload);
        if (!isKnown(request, key)) {
            return;
        }
        Mutation mutation = ReplicaMessages.readMutation(key, payload);
        long stampMicros = mutation.cell().version().timestampMicros();
        if (clock.isTooFarAhead(stampMicros)) {
            refuse(
                    request,
                    Refusal.CLOCK_AHEAD,
                    "the stamp of the write by " + mutation.cell().version().origin() + " lies "
                            + clock.aheadMicros(stampMicros) / 1_000 + " ms ahead of this member's clock; at most "
                            + HybridClock.AHEAD_MICROS_MAX / 1_000 + " ms are allowed. Set the clocks right.");
            return;
        }
        clock.observe(stampMicros);
        try {
            engine.write(mutation, new ReplyToWrite(request));
        } catch (KvException e) {
            refuse(request, e);
        }
    }

    private void onRead(InboundRequest request, ByteReader payload, Answer answer) {
        KeyOfMap key = ReplicaMessages.readKey(payload);
        if (!isKnown(request, key)) {
            return;
        }
        try {
            if (!answer.give(request, key, true)
                    && !scheduler.offer(Lane.READ, () -> readFromDisk(request, key, answer))) {
                request.replyOverloaded();
            }
        } catch (KvException e) {
            refuse(request, e);
        }
    }

    private void readFromDisk(InboundRequest request, KeyOfMap key, Answer answer) {
        if (request.isExpired()) {
            return;
        }
        try {
            answer.give(request, key, false);
        } catch (KvException e) {
            refuse(request, e);
        }
    }

    private void onPage(InboundRequest request, ByteReader payload) {
        KeyOfMap from = ReplicaMessages.readKey(payload);
        PageMessages.RestOfRequest rest = PageMessages.readRest(from.key(), payload);
        if (isKnown(request, from)
                && !scheduler.offer(Lane.READ, () -> readPage(request, from, rest.to(), rest.bytesMax()))) {
            request.replyOverloaded();
        }
    }

    private void readPage(InboundRequest request, KeyOfMap from, @Nullable Key to, int bytesMax) {
        if (request.isExpired()) {
            return;
        }
        List<KeyedCell> cells = new ArrayList<>();
        int bytes = 0;
        boolean more = false;
        try (CellCursor cursor = engine.scan(from.map(), from.key(), to)) {
            while (!more && cursor.next()) {
                if (bytes < bytesMax) {
                    KeyedCell record = new KeyedCell(cursor.key(), cursor.cell());
                    cells.add(record);
                    bytes += PageMessages.recordBytes(record);
                } else {
                    more = true;
                }
            }
        } catch (KvException e) {
            refuse(request, e);
            return;
        }
        ByteWriter reply = request.newReply(SMALL_REPLY_BYTES + bytes);
        PageMessages.putPage(reply, new Page(cells, more));
        request.reply(reply);
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
            ByteWriter reply = request.newReply(SMALL_REPLY_BYTES);
            ReplicaMessages.putStatus(reply, ReplyStatus.MAP_CREATED);
            request.reply(reply);
        } catch (KvException e) {
            refuse(request, e);
        }
    }

    /** Whether the map is known here with the same descriptor; if not, the request is answered so. */
    private boolean isKnown(InboundRequest request, KeyOfMap key) {
        MapDescriptor known = engine.map(key.map());
        if (known == null) {
            ByteWriter reply = request.newReply(SMALL_REPLY_BYTES);
            ReplicaMessages.putStatus(reply, ReplyStatus.UNKNOWN_MAP);
            request.reply(reply);
            return false;
        }
        if (ReplicaMessages.descriptorHash(known) != key.descriptorHash()) {
            refuse(
                    request,
                    Refusal.SPEC_MISMATCH,
                    "map '" + known.name() + "' exists with keys " + known.keyCodec() + " and values "
                            + known.valueCodec());
            return false;
        }
        return true;
    }

    private boolean giveCell(InboundRequest request, KeyOfMap key, boolean residentOnly) {
        Cell cell = residentOnly ? engine.readResident(key.map(), key.key()) : engine.read(key.map(), key.key());
        if (StorageEngine.needsDisk(cell)) {
            return false;
        }
        if (cell == null) {
            replyAbsent(request);
            return true;
        }
        ByteWriter reply = request.newReply(SMALL_REPLY_BYTES + ReplicaMessages.cellBytes(cell));
        ReplicaMessages.putStatus(reply, ReplyStatus.CELL);
        ReplicaMessages.putCell(reply, cell);
        request.reply(reply);
        return true;
    }

    private boolean giveVersion(InboundRequest request, KeyOfMap key, boolean residentOnly) {
        Version version = residentOnly
                ? engine.readVersionResident(key.map(), key.key())
                : engine.readVersion(key.map(), key.key());
        if (StorageEngine.needsDisk(version)) {
            return false;
        }
        if (version == null) {
            replyAbsent(request);
            return true;
        }
        ByteWriter reply = request.newReply(SMALL_REPLY_BYTES);
        ReplicaMessages.putStatus(reply, ReplyStatus.VERSION);
        ReplicaMessages.putVersion(reply, version);
        request.reply(reply);
        return true;
    }

    private static void replyAbsent(InboundRequest request) {
        ByteWriter reply = request.newReply(SMALL_REPLY_BYTES);
        ReplicaMessages.putStatus(reply, ReplyStatus.ABSENT);
        request.reply(reply);
    }

    private static void refuse(InboundRequest request, KvException reason) {
        refuse(request, refusalOf(reason), String.valueOf(reason.getMessage()));
    }

    private static void refuse(InboundRequest request, Refusal refusal, String text) {
        LOG.debug("refused a request of {}: {} {}", request.from(), refusal, text);
        ByteWriter reply = request.newReply(SMALL_REPLY_BYTES + text.length());
        ReplicaMessages.putRefusal(reply, refusal, text);
        request.reply(reply);
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
        /** False, and no reply, if that takes the disk, which may not be read. */
        boolean give(InboundRequest request, KeyOfMap key, boolean residentOnly);
    }

    /** Answers a write once the engine is done with it. */
    private record ReplyToWrite(InboundRequest request) implements WriteCallback {

        @Override
        public void onWritten(@Nullable Version newer) {
            ByteWriter reply = request.newReply(SMALL_REPLY_BYTES);
            ReplicaMessages.putStatus(reply, newer == null ? ReplyStatus.WRITTEN : ReplyStatus.WRITTEN_BUT_OLDER);
            if (newer != null) {
                ReplicaMessages.putVersion(reply, newer);
            }
            request.reply(reply);
        }

        @Override
        public void onFailed(KvException reason) {
            refuse(request, reason);
        }
    }
}
