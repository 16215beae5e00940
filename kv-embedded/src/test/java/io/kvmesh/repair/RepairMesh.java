package io.kvmesh.repair;

import io.kvmesh.api.Durability;
import io.kvmesh.api.KvException;
import io.kvmesh.api.MemberState;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.model.Version;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.ring.Ring;
import io.kvmesh.ring.Token;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.storage.ManualScheduler;
import io.kvmesh.storage.StorageConfig;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.storage.WriteCallback;
import io.kvmesh.transport.InboundRequest;
import io.kvmesh.transport.Messenger;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.ReplyHandler;
import io.kvmesh.transport.RequestHandler;
import io.kvmesh.transport.Verb;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Members with engines on real files, whose messages arrive at once unless a member is down. Used by one thread. */
final class RepairMesh implements AutoCloseable {
    static final MapDescriptor CITIES = MapDescriptor.of("cities", "string/1", "string/1");
    static final int PARTITIONS = 16;
    static final long GC_GRACE_MICROS = 1_000_000;

    final ManualScheduler scheduler = new ManualScheduler();
    final Map<NodeId, Member> members = new TreeMap<>();
    private final Path directory;
    private long nowMicros = 1_000_000_000L;
    private Ring ring = Ring.of(new Partitioner(PARTITIONS), 3, new TreeMap<>());
    private @Nullable Ring otherRing;
    private RingEpoch epoch = new RingEpoch(1, 1);

    RepairMesh(Path directory) {
        this.directory = directory;
    }

    /** Adds members that are in no ring yet. */
    RepairMesh add(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            Member member = new Member(Files.createDirectories(directory.resolve("member-" + members.size())));
            members.put(member.engine.nodeId(), member);
        }
        return this;
    }

    /** In the order of their identities. */
    Member member(int index) {
        return List.copyOf(members.values()).get(index);
    }

    static Ring ringOf(Member... owners) {
        Map<NodeId, List<Token>> tokens = new TreeMap<>();
        for (int i = 0; i < owners.length; i++) {
            tokens.put(owners[i].id(), List.of(new Token((long) i << 56, 0)));
        }
        return Ring.of(new Partitioner(PARTITIONS), 3, tokens);
    }

    void ring(Ring present, @Nullable Ring other) {
        ring = present;
        otherRing = other;
        epoch = new RingEpoch(epoch.lineage(), epoch.number() + 1);
    }

    void pass(long micros) {
        nowMicros += micros;
    }

    long nowMicros() {
        return nowMicros;
    }

    static Key key(int partition, String text) {
        return Key.of(partition, text.getBytes(StandardCharsets.UTF_8));
    }

    static Cell cell(String value, long timestampMicros) {
        return Cell.of(value.getBytes(StandardCharsets.UTF_8), new Version(timestampMicros, new NodeId(7)));
    }

    static Cell tombstone(long timestampMicros) {
        return Cell.tombstone(new Version(timestampMicros, new NodeId(7)));
    }

    @Override
    public void close() {
        members.values().forEach(member -> member.engine.close());
    }

    private final Clock clock = new Clock() {
        @Override
        public long wallMicros() {
            return nowMicros;
        }

        @Override
        public long monotonicNanos() {
            return nowMicros * 1_000;
        }
    };

    /** One member and its messenger. */
    final class Member implements Messenger {
        final StorageEngine engine;
        final RepairSeams seams;
        final RepairHistory history;
        /** Whether it neither answers nor is answered. */
        boolean down;

        long sentBytes;
        private final Map<Verb, RequestHandler> handlers = new HashMap<>();
        private final Map<Long, ReplyHandler> operations = new HashMap<>();
        private final IdentityHashMap<ByteWriter, Verb> verbs = new IdentityHashMap<>();
        private final IdentityHashMap<ByteWriter, Long> correlations = new IdentityHashMap<>();
        private long lastCorrelation;

        Member(Path path) {
            StorageConfig config = new StorageConfig(
                    path, PARTITIONS, Durability.PERIODIC, 100_000_000L, 1 << 22, 1 << 20, 512, 1 << 20);
            engine = StorageEngine.open(
                    config, new DiskFileSystem(), clock, scheduler, RandomSource.seeded(path.hashCode()));
            engine.createMap(CITIES);
            seams = new RepairSeams(engine, this, this::view, clock, scheduler);
            history = new RepairHistory(PARTITIONS, GC_GRACE_MICROS, action -> {});
            new MerkleService(seams, history).register();
        }

        NodeId id() {
            return engine.nodeId();
        }

        ClusterView view() {
            TreeMap<NodeId, ClusterView.Member> seen = new TreeMap<>();
            members.forEach((node, member) -> seen.put(
                    node,
                    new ClusterView.Member(
                            node,
                            1,
                            new PeerAddress("localhost", 1),
                            member.down ? MemberState.DEAD : MemberState.ALIVE,
                            0)));
            return new ClusterView(id(), epoch, ring, otherRing, seen);
        }

        void write(Key key, Cell cell) {
            engine.write(new Mutation(CITIES.id(), key, cell), new WriteCallback() {
                @Override
                public void onWritten(@Nullable Version newer) {}

                @Override
                public void onFailed(KvException reason) {
                    throw reason;
                }
            });
        }

        @Nullable
        Cell read(Key key) {
            return engine.read(CITIES.id(), key);
        }

        @Override
        public void handle(Verb verb, RequestHandler handler) {
            handlers.put(verb, handler);
        }

        @Override
        public long begin(ReplyHandler handler, long deadlineNanos) {
            operations.put(++lastCorrelation, handler);
            return lastCorrelation;
        }

        @Override
        public void end(long correlation) {
            operations.remove(correlation);
        }

        @Override
        public ByteWriter newRequest(Verb verb, long correlation, long deadlineNanos, int payloadBytes) {
            ByteWriter writer = new ByteWriter(payloadBytes);
            verbs.put(writer, verb);
            correlations.put(writer, correlation);
            return writer;
        }

        @Override
        public void send(NodeId to, ByteWriter request) {
            long correlation = Objects.requireNonNull(correlations.remove(request));
            Verb verb = Objects.requireNonNull(verbs.remove(request));
            Member target = Objects.requireNonNull(members.get(to));
            ReplyHandler operation = Objects.requireNonNull(operations.get(correlation));
            if (target.down || down) {
                operation.onFailure(to, ReplyHandler.Failure.NO_SESSION);
                return;
            }
            byte[] bytes = request.toBytes();
            sentBytes += bytes.length;
            Objects.requireNonNull(target.handlers.get(verb))
                    .onRequest(new Request(this, target, correlation), new ByteReader(bytes));
        }

        @Override
        public void sendOneWay(NodeId to, Verb verb, byte[] payload) {
            throw new UnsupportedOperationException("comparisons have requests only");
        }

        @Override
        public boolean hasSession(NodeId peer) {
            return true;
        }
    }

    private record Request(Member asking, Member asked, long correlation) implements InboundRequest {
        @Override
        public PeerId from() {
            return new PeerId(asking.id(), 1);
        }

        @Override
        public boolean isExpired() {
            return !asking.operations.containsKey(correlation);
        }

        @Override
        public ByteWriter newReply(int payloadBytes) {
            return new ByteWriter(payloadBytes);
        }

        @Override
        public void reply(ByteWriter reply) {
            ReplyHandler operation = asking.operations.get(correlation);
            asked.sentBytes += reply.length();
            if (operation == null) {
                return;
            }
            if (asked.down) {
                operation.onFailure(asked.id(), ReplyHandler.Failure.SESSION_ENDED);
            } else {
                operation.onReply(asked.id(), new ByteReader(reply.toBytes()));
            }
        }

        @Override
        public void replyOverloaded() {
            ReplyHandler operation = asking.operations.get(correlation);
            if (operation != null) {
                operation.onFailure(asked.id(), ReplyHandler.Failure.OVERLOADED);
            }
        }
    }

    /** Repairs a partition from a member. */
    PartitionRepair.Result repair(Member from, int partition) {
        List<PartitionRepair.Result> results = new ArrayList<>();
        PartitionRepair.start(from.seams, from.history, CITIES, partition, results::add);
        return only(results);
    }

    HandOver.Result handOver(Member from, int partition) {
        return handOver(from, partition, HandOver.Origin.THIS_RING);
    }

    HandOver.Result handOver(Member from, int partition, HandOver.Origin origin) {
        List<HandOver.Result> results = new ArrayList<>();
        HandOver.start(from.seams, from.history, partition, origin, results::add);
        return only(results);
    }

    private <T> T only(List<T> results) {
        scheduler.runAll();
        if (results.size() != 1) {
            throw new AssertionError("one result expected, not " + results);
        }
        return results.get(0);
    }
}
