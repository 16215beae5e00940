package io.kvmesh.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.Durability;
import io.kvmesh.api.KvException;
import io.kvmesh.api.KvException.Outcome;
import io.kvmesh.api.MemberState;
import io.kvmesh.api.ReadTimeoutException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.HybridClock;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.replica.Refusal;
import io.kvmesh.replica.ReplyStatus;
import io.kvmesh.replica.RingFence;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.ring.Ring;
import io.kvmesh.ring.Token;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.runtime.ParkingBlocking;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.SystemClock;
import io.kvmesh.storage.ManualScheduler;
import io.kvmesh.storage.StorageConfig;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.ReplyHandler;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The replies of all replicas and the deadline of an operation come at the same moment: it ends exactly once, with an
 * outcome that the replies allow, and awaits nothing any more.
 *
 * <p>The coordinating member holds no replica here, so that every answer is the test's.
 */
@Timeout(300)
class OutcomeRaceTest {
    private static final int ROUNDS = 4_000;
    private static final long SEED = Long.getLong("kvmesh.race.seed", 20_260_101);
    private static final NodeId SELF = new NodeId(9);
    private static final List<NodeId> REPLICAS = List.of(new NodeId(1), new NodeId(2), new NodeId(3));
    private static final MapDescriptor MAP = MapDescriptor.of("cities", "string/1", "string/1");
    private static final Key KEY = Key.of(0, new byte[] {1});
    private static final long DEADLINE_NANOS = Long.MAX_VALUE / 2;

    @TempDir
    Path directory;

    private final RandomSource random = RandomSource.seeded(SEED);
    private final RecordingMessenger messenger = new RecordingMessenger();
    private final RacingThreads threads = new RacingThreads();
    private @Nullable StorageEngine engine;

    @BeforeEach
    void open() {
        StorageConfig config =
                new StorageConfig(directory, 16, Durability.PERIODIC, 1_000_000, 1 << 20, 1 << 20, 512, 1 << 20);
        engine = StorageEngine.open(
                config, new DiskFileSystem(), new SystemClock(), new ManualScheduler(), RandomSource.seeded(1));
    }

    @AfterEach
    void close() {
        threads.close();
        if (engine != null) {
            engine.close();
        }
    }

    /** What the replicas of one operation answer. */
    private enum Reply {
        WRITTEN,
        ABSENT,
        NEWER,
        OVERLOADED,
        /** Knows another state of the ring: the round waits for it to change. */
        BEHIND,
        FAILED,
        SILENT
    }

    private static final List<Reply> WRITE_REPLIES = List.of(
            Reply.WRITTEN, Reply.WRITTEN, Reply.NEWER, Reply.OVERLOADED, Reply.BEHIND, Reply.FAILED, Reply.SILENT);
    private static final List<Reply> READ_REPLIES = List.of(
            Reply.ABSENT, Reply.ABSENT, Reply.NEWER, Reply.OVERLOADED, Reply.BEHIND, Reply.FAILED, Reply.SILENT);

    @Test
    void aWriteEndsOnceAsItsRepliesAllow() throws Exception {
        Coordinator coordinator = new Coordinator(context());
        for (int round = 0; round < ROUNDS; round++) {
            WriteOperation operation =
                    coordinator.write(MAP, KEY, new byte[] {1}, ConsistencyLevel.QUORUM, Quorum.STRICT, DEADLINE_NANOS);
            List<Reply> replies = race(operation, WRITE_REPLIES);
            KvException failure = operation.failureNow();
            long acknowledged = count(replies, Reply.WRITTEN) + count(replies, Reply.NEWER);
            if (failure == null) {
                assertThat(acknowledged).as("%s", replies).isGreaterThanOrEqualTo(2);
            } else if (failure.outcome() == Outcome.NOT_APPLIED) {
                // A silent replica may have applied it, and so may one whose disk failed.
                long refused = count(replies, Reply.OVERLOADED) + count(replies, Reply.BEHIND);
                assertThat(refused).as("%s", replies).isEqualTo(3);
            }
        }
    }

    @Test
    void aReadEndsOnceAsItsRepliesAllow() throws Exception {
        Coordinator coordinator = new Coordinator(context());
        for (int round = 0; round < ROUNDS; round++) {
            ReadOperation operation = coordinator.readAsync(MAP, KEY, ConsistencyLevel.QUORUM, DEADLINE_NANOS);
            List<Reply> replies = race(operation, READ_REPLIES);
            KvException failure = operation.failureNow();
            if (failure == null) {
                assertThat(operation.resultNow()).isNull();
                assertThat(count(replies, Reply.ABSENT)).as("%s", replies).isGreaterThanOrEqualTo(2);
            } else if (!(failure instanceof ReadTimeoutException)) {
                long refused =
                        count(replies, Reply.OVERLOADED) + count(replies, Reply.BEHIND) + count(replies, Reply.FAILED);
                assertThat(refused).as("%s gave %s", replies, failure).isGreaterThanOrEqualTo(2);
            }
        }
    }

    /** Lets the replies and the deadline race, and checks that there is one outcome and nothing is left. */
    private List<Reply> race(Operation<?> operation, List<Reply> choice) throws Exception {
        AtomicInteger outcomes = new AtomicInteger();
        operation.listen(outcomes::incrementAndGet);
        ReplicaExchange exchange = (ReplicaExchange) messenger.waiting().get(0);
        List<Reply> replies = new ArrayList<>();
        List<Runnable> events = new ArrayList<>();
        for (NodeId replica : REPLICAS) {
            Reply reply = choice.get(random.nextInt(choice.size()));
            replies.add(reply);
            events.add(() -> give(exchange, replica, reply));
        }
        events.add(random.nextInt(2) == 0 ? operation::expire : () -> exchange.onTick(DEADLINE_NANOS));
        threads.race(events);
        // A second round may have begun; its time is over, too.
        for (ReplyHandler left : messenger.waiting()) {
            left.onTick(DEADLINE_NANOS);
        }
        assertThat(outcomes).as("outcomes after %s", replies).hasValue(1);
        assertThat(operation.isDone()).isTrue();
        assertThat(messenger.waiting()).as("exchanges left after %s", replies).isEmpty();
        return replies;
    }

    private static void give(ReplicaExchange exchange, NodeId from, Reply reply) {
        ByteWriter version = new ByteWriter(16).putLong(Long.MAX_VALUE / 2).putLong(1);
        ByteReader payload = new ByteReader(version.toBytes());
        switch (reply) {
            case WRITTEN -> exchange.onAnswer(from, ReplyStatus.WRITTEN, payload);
            case ABSENT -> exchange.onAnswer(from, ReplyStatus.ABSENT, payload);
            case NEWER -> {
                boolean write = exchange instanceof WriteRound;
                exchange.onAnswer(from, write ? ReplyStatus.WRITTEN_BUT_OLDER : ReplyStatus.VERSION, payload);
            }
            case OVERLOADED -> exchange.onRefused(from, Refusal.OVERLOADED, "queue is full");
            case BEHIND -> exchange.onRefused(from, Refusal.RING_BEHIND, "state 3");
            case FAILED -> exchange.onRefused(from, Refusal.FAILED, "disk is full");
            case SILENT -> {}
        }
    }

    private static long count(List<Reply> replies, Reply wanted) {
        return replies.stream().filter(reply -> reply == wanted).count();
    }

    private CoordinatorContext context() {
        Partitioner partitioner = new Partitioner(1);
        TreeMap<NodeId, ClusterView.Member> members = new TreeMap<>();
        Map<NodeId, List<Token>> tokens = new TreeMap<>();
        for (NodeId replica : REPLICAS) {
            members.put(replica, new ClusterView.Member(replica, 1, new PeerAddress("h", 1), MemberState.ALIVE, 0));
            tokens.put(replica, List.of(new Token(replica.value(), 0)));
        }
        ClusterView view = new ClusterView(SELF, Ring.of(partitioner, 3, tokens), members);
        SystemClock clock = new SystemClock();
        return new CoordinatorContext(
                SELF,
                Objects.requireNonNull(engine),
                messenger,
                () -> view,
                new HybridClock(clock, 0),
                clock,
                new ManualScheduler(),
                new ParkingBlocking(clock),
                new RingFence(),
                (from, theirs) -> {},
                1_000_000,
                Optional.of(Duration.ofMillis(1)));
    }
}
