package io.kvmesh.replica;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.Durability;
import io.kvmesh.api.KvException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.Cell;
import io.kvmesh.model.HybridClock;
import io.kvmesh.model.Key;
import io.kvmesh.model.KeySpan;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.SystemClock;
import io.kvmesh.storage.ManualScheduler;
import io.kvmesh.storage.StorageConfig;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.storage.WriteCallback;
import io.kvmesh.transport.InboundRequest;
import io.kvmesh.transport.Messenger;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.ReplyHandler;
import io.kvmesh.transport.RequestHandler;
import io.kvmesh.transport.Verb;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a replica answers to requests that know another state of the ring than it does. */
class ReplicaServiceTest {
    private static final MapDescriptor MAP = MapDescriptor.of("cities", "string.1", "string.1");
    private static final MapDescriptor UNKNOWN = MapDescriptor.of("towns", "string.1", "string.1");
    private static final Key KEY = Key.of(1, new byte[] {5});
    private static final Cell CELL = Cell.of(new byte[] {7}, new Version(1, new NodeId(1)));

    @TempDir
    Path directory;

    private final SystemClock clock = new SystemClock();
    private final ManualScheduler scheduler = new ManualScheduler();
    private final RingFence fence = new RingFence();
    private final Handlers handlers = new Handlers();
    private StorageEngine engine;

    @BeforeEach
    void open() {
        StorageConfig config =
                new StorageConfig(directory, 16, Durability.PERIODIC, 1_000_000, 1 << 20, 1 << 20, 512, 1 << 20);
        engine = StorageEngine.open(config, new DiskFileSystem(), clock, scheduler, RandomSource.seeded(1));
        engine.createMap(MAP);
        new ReplicaService(engine, new HybridClock(clock, 0), scheduler, fence).register(handlers);
        fence.adopt(state(5), new long[] {1, 4, 5});
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private static RingEpoch state(long number) {
        return new RingEpoch(0xA1, number);
    }

    private ByteReader ask(Verb verb, MapDescriptor map, long state) {
        ByteWriter payload = new ByteWriter(64);
        if (verb == Verb.REPLICA_PAGE) {
            PageMessages.putRequest(payload, state(state), map, KeySpan.ofPartitions(1, 1), 1_000, false);
        } else {
            ReplicaMessages.putHead(payload, state(state), map, KEY);
        }
        if (verb == Verb.REPLICA_WRITE) {
            ReplicaMessages.putCell(payload, CELL);
        }
        Asked request = new Asked();
        Objects.requireNonNull(handlers.byVerb.get(verb)).onRequest(request, new ByteReader(payload.toBytes()));
        scheduler.runOffered();
        assertThat(request.replies).hasSize(1);
        return new ByteReader(request.replies.get(0));
    }

    private static void assertRefused(ByteReader reply, Refusal refusal) {
        assertThat(ReplicaMessages.readStatus(reply)).isEqualTo(ReplyStatus.REFUSED);
        assertThat(ReplicaMessages.readRefusal(reply)).isEqualTo(refusal);
        assertThat(reply.readString()).contains("this member knows state 5 of ring a1");
        assertThat(ReplicaMessages.readEpoch(reply)).isEqualTo(state(5));
    }

    private static final List<Verb> VERBS =
            List.of(Verb.REPLICA_WRITE, Verb.REPLICA_READ, Verb.REPLICA_READ_VERSION, Verb.REPLICA_PAGE);

    @Test
    void requestsOfOlderAndOfLaterStatesAreRefusedWithTheOwnState() {
        for (Verb verb : VERBS) {
            assertRefused(ask(verb, MAP, 3), Refusal.RING_STALE);
            assertRefused(ask(verb, MAP, 6), Refusal.RING_BEHIND);
        }
        assertThat(engine.read(MAP.id(), KEY)).isNull();
    }

    @Test
    void requestsAreServedIfTheirPartitionHasNotChangedSince() {
        List<ReplyStatus> statuses = new ArrayList<>();
        for (Verb verb : VERBS) {
            statuses.add(ReplicaMessages.readStatus(ask(verb, MAP, 4)));
        }
        assertThat(statuses)
                .containsExactly(ReplyStatus.WRITTEN, ReplyStatus.CELL, ReplyStatus.VERSION, ReplyStatus.PAGE);
    }

    @Test
    void aWriteIsPassedOnAsItCameAlsoIfItIsRefusedHere() {
        ByteWriter write = new ByteWriter(64);
        ReplicaMessages.putHead(write, state(3), MAP, KEY);
        ReplicaMessages.putCell(write, CELL);
        ByteWriter carried = new ByteWriter(64);
        List<NodeId> receivers = List.of(new NodeId(3), new NodeId(5));
        ReplicaMessages.putReceivers(carried, receivers);
        carried.putBytes(write.toBytes());
        Asked request = new Asked();
        Objects.requireNonNull(handlers.byVerb.get(Verb.CARRIED_WRITE))
                .onRequest(request, new ByteReader(carried.toBytes()));
        assertThat(request.passedTo).isEqualTo(receivers);
        assertThat(request.passedPayload).isEqualTo(write.toBytes());
        assertRefused(new ByteReader(request.replies.get(0)), Refusal.RING_STALE);
    }

    @Test
    void aPageIsNotReadWhileAWriteOfAnOlderStateIsUnderWay() {
        List<ByteReader> during = new ArrayList<>();
        WriteCallback adoptsAndReads = new WriteCallback() {
            @Override
            public void onWritten(@Nullable Version newer) {
                fence.adopt(state(6), new long[] {1, 6, 5});
                during.add(ask(Verb.REPLICA_PAGE, MAP, 6));
                during.add(ask(Verb.REPLICA_PAGE, UNKNOWN, 6));
            }

            @Override
            public void onFailed(KvException reason) {
                throw reason;
            }
        };
        fence.write(engine, state(5), new Mutation(MAP.id(), KEY, CELL), adoptsAndReads);
        for (ByteReader reply : during) {
            assertThat(ReplicaMessages.readStatus(reply)).isEqualTo(ReplyStatus.REFUSED);
            assertThat(ReplicaMessages.readRefusal(reply)).isEqualTo(Refusal.OVERLOADED);
            assertThat(reply.readString()).contains("older writes are under way");
        }
        ByteReader after = ask(Verb.REPLICA_PAGE, MAP, 6);
        assertThat(ReplicaMessages.readStatus(after)).isEqualTo(ReplyStatus.PAGE);
        assertThat(PageMessages.readPage(after, KeySpan.ofPartitions(1, 1)).cells())
                .containsExactly(new PageMessages.KeyedCell(KEY, CELL));
        assertThat(ReplicaMessages.readStatus(ask(Verb.REPLICA_PAGE, UNKNOWN, 6)))
                .isEqualTo(ReplyStatus.UNKNOWN_MAP);
    }

    private static final class Asked implements InboundRequest {
        final List<byte[]> replies = new ArrayList<>();
        List<NodeId> passedTo = List.of();
        byte[] passedPayload = new byte[0];

        @Override
        public PeerId from() {
            return new PeerId(new NodeId(8), 1);
        }

        @Override
        public boolean isExpired() {
            return false;
        }

        @Override
        public ByteWriter newReply(int payloadBytes) {
            return new ByteWriter(payloadBytes);
        }

        @Override
        public void reply(ByteWriter reply) {
            replies.add(reply.toBytes());
        }

        @Override
        public void passOn(List<NodeId> to, Verb verb, ByteReader payload) {
            assertThat(verb).isEqualTo(Verb.REPLICA_WRITE);
            passedTo = to;
            passedPayload =
                    Arrays.copyOfRange(payload.array(), payload.position(), payload.position() + payload.remaining());
        }

        @Override
        public void replyOverloaded() {
            throw new IllegalStateException("no lane is full here");
        }
    }

    /** Keeps the handlers of requests; nothing is sent. */
    private static final class Handlers implements Messenger {
        final Map<Verb, RequestHandler> byVerb = new EnumMap<>(Verb.class);

        @Override
        public void handle(Verb verb, RequestHandler handler) {
            byVerb.put(verb, handler);
        }

        @Override
        public long begin(ReplyHandler handler, long deadlineNanos) {
            throw sendsNothing();
        }

        @Override
        public void end(long correlation) {}

        @Override
        public ByteWriter newRequest(Verb verb, long correlation, long deadlineNanos, int payloadBytes) {
            throw sendsNothing();
        }

        @Override
        public void send(NodeId to, ByteWriter request) {
            throw sendsNothing();
        }

        @Override
        public void sendOneWay(NodeId to, Verb verb, byte[] payload) {
            throw sendsNothing();
        }

        @Override
        public boolean hasSession(NodeId peer) {
            return true;
        }

        private static IllegalStateException sendsNothing() {
            return new IllegalStateException("a replica only answers");
        }
    }
}
