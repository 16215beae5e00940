package io.kvmesh.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.Durability;
import io.kvmesh.api.MemberState;
import io.kvmesh.api.ReadTimeoutException;
import io.kvmesh.api.UnavailableException;
import io.kvmesh.api.WriteTimeoutException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.coordinator.RecordingMessenger.Sent;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.HybridClock;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.replica.Refusal;
import io.kvmesh.replica.ReplicaMessages;
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
import io.kvmesh.transport.Verb;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads and writes while the ring changes. Replicas 1, 2, 3 become 2, 3, 4; member 9 coordinates. */
class ChangingRingTest {
    private static final NodeId SELF = new NodeId(9);
    private static final NodeId ONE = new NodeId(1);
    private static final NodeId TWO = new NodeId(2);
    private static final NodeId THREE = new NodeId(3);
    private static final NodeId FOUR = new NodeId(4);
    private static final List<NodeId> ALL = List.of(ONE, TWO, THREE, FOUR, SELF);
    private static final MapDescriptor MAP = MapDescriptor.of("cities", "string/1", "string/1");
    private static final Key KEY = Key.of(0, new byte[] {1});
    private static final long FAR_NANOS = Long.MAX_VALUE / 2;
    private static final long ABOVE_ALL_PAUSES_NANOS = 10 * RingWait.BEHIND_PAUSE_NANOS;
    private static final Ring OLD = ring(ONE, TWO, THREE);
    private static final Ring NEW = ring(TWO, THREE, FOUR);

    @TempDir
    Path directory;

    private final SystemClock clock = new SystemClock();
    private final RecordingMessenger messenger = new RecordingMessenger();
    private final AtomicReference<ClusterView> view = new AtomicReference<>(view(1, OLD, null, ALL));
    private final RingFence fence = new RingFence();
    private final List<String> news = new ArrayList<>();
    private StorageEngine engine;
    private Coordinator coordinator;

    @BeforeEach
    void open() {
        StorageConfig config =
                new StorageConfig(directory, 16, Durability.PERIODIC, 1_000_000, 1 << 20, 1 << 20, 512, 1 << 20);
        engine = StorageEngine.open(config, new DiskFileSystem(), clock, new ManualScheduler(), RandomSource.seeded(1));
        engine.createMap(MAP);
        coordinator = new Coordinator(new CoordinatorContext(
                SELF,
                engine,
                messenger,
                view::get,
                new HybridClock(clock, 0),
                clock,
                new ManualScheduler(),
                new ParkingBlocking(clock),
                fence,
                (from, theirs) -> news.add(from.value() + " " + theirs.number()),
                1_000_000,
                Optional.of(Duration.ofDays(1))));
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private static RingEpoch state(long number) {
        return new RingEpoch(0xA1, number);
    }

    private static Ring ring(NodeId... members) {
        Map<NodeId, List<Token>> tokens = new TreeMap<>();
        for (NodeId member : members) {
            tokens.put(member, List.of(new Token(member.value(), 0)));
        }
        return Ring.of(new Partitioner(1), 3, tokens);
    }

    private static ClusterView view(long number, Ring ring, @Nullable Ring other, List<NodeId> alive) {
        TreeMap<NodeId, ClusterView.Member> members = new TreeMap<>();
        for (NodeId node : alive) {
            members.put(node, new ClusterView.Member(node, 1, new PeerAddress("h", 1), MemberState.ALIVE, 0));
        }
        return new ClusterView(SELF, state(number), ring, other, members);
    }

    private WriteOperation write() {
        return coordinator.write(MAP, KEY, new byte[] {7}, ConsistencyLevel.QUORUM, Quorum.STRICT, FAR_NANOS);
    }

    private ReadOperation read() {
        return coordinator.readAsync(MAP, KEY, ConsistencyLevel.QUORUM, FAR_NANOS);
    }

    /** The round that began as the given one, counted from 0. */
    private ReplicaExchange round(int index) {
        return (ReplicaExchange) messenger.waiting().get(index);
    }

    private static void acknowledge(ReplicaExchange round, NodeId... replicas) {
        for (NodeId replica : replicas) {
            round.onReply(replica, reply(ReplyStatus.WRITTEN));
        }
    }

    private static void absent(ReplicaExchange round, NodeId... replicas) {
        for (NodeId replica : replicas) {
            round.onReply(replica, reply(ReplyStatus.ABSENT));
        }
    }

    private static void refuse(ReplicaExchange round, Refusal refusal, long state, NodeId... replicas) {
        for (NodeId replica : replicas) {
            ByteWriter reply = new ByteWriter(16).putByte(4);
            reply.putByte(refusal == Refusal.RING_STALE ? 8 : 9).putString("no");
            round.onReply(
                    replica, new ByteReader(reply.putLong(0xA1).putLong(state).toBytes()));
        }
    }

    private static ByteReader reply(ReplyStatus status) {
        return new ByteReader(new byte[] {(byte) (status == ReplyStatus.WRITTEN ? 0 : 5)});
    }

    private static RingEpoch epochOf(Sent sent) {
        return ReplicaMessages.readEpoch(new ByteReader(sent.payload()));
    }

    /** What follows the state of the ring. */
    private static byte[] restOf(Sent sent) {
        return Arrays.copyOfRange(sent.payload(), 16, sent.payload().length);
    }

    private List<NodeId> receivers(List<Sent> sent) {
        return sent.stream().map(Sent::to).toList();
    }

    @Test
    void aWriteGoesToBothRingsAndNeedsTheQuorumOfEach() {
        view.set(view(2, OLD, NEW, ALL));
        WriteOperation operation = write();
        List<Sent> sent = messenger.takeSent();
        assertThat(receivers(sent)).containsExactlyInAnyOrder(ONE, TWO, THREE, FOUR);
        assertThat(sent).allSatisfy(each -> assertThat(epochOf(each)).isEqualTo(state(2)));
        acknowledge(round(0), ONE, TWO);
        assertThat(operation.isDone())
                .as("two of the old ring, one of the new one")
                .isFalse();
        acknowledge(round(0), FOUR);
        assertThat(operation.isDone()).isTrue();
        assertThat(operation.failureNow()).isNull();
    }

    @Test
    void aWriteFailsWhenTheOtherRingHasNoQuorum() {
        view.set(view(2, NEW, OLD, ALL));
        WriteOperation operation = write();
        acknowledge(round(0), THREE, FOUR);
        round(0).onRefused(ONE, Refusal.READ_ONLY, "disk is full");
        round(0).onRefused(TWO, Refusal.READ_ONLY, "disk is full");
        assertThat(operation.failureNow()).isInstanceOf(WriteTimeoutException.class);
    }

    @Test
    void aWriteNeedsEnoughThatAreAliveInBothRings() {
        view.set(view(2, OLD, NEW, List.of(ONE, TWO, SELF)));
        WriteOperation operation = write();
        assertThat(operation.failureNow())
                .isInstanceOf(UnavailableException.class)
                .hasMessageContaining("needs 2 replicas of 3, 1 alive")
                .hasMessageContaining(THREE.toString())
                .hasMessageContaining(FOUR.toString());
        assertThat(messenger.takeSent()).isEmpty();
    }

    @Test
    void anotherRingWithTheSameReplicasIsNoOtherGroup() {
        view.set(view(2, OLD, ring(ONE, TWO, THREE), ALL));
        WriteOperation operation = write();
        acknowledge(round(0), ONE, THREE);
        assertThat(operation.isDone()).isTrue();
    }

    @Test
    void aReadAsksTheRingByWhichKeysAreRead() {
        view.set(view(2, OLD, NEW, List.of(ONE, THREE, FOUR, SELF)));
        ReadOperation operation = read();
        assertThat(receivers(messenger.takeSent())).containsExactlyInAnyOrder(ONE, THREE);
        absent(round(0), ONE, THREE);
        assertThat(operation.isDone()).isTrue();
    }

    @Test
    void aWriteThatIsStaleIsSentAgainByTheNextRingWithTheSameStamp() {
        WriteOperation operation = write();
        List<Sent> first = messenger.takeSent();
        acknowledge(round(0), ONE);
        refuse(round(0), Refusal.RING_STALE, 3, TWO, THREE);
        assertThat(news).containsExactly("2 3", "3 3");
        long nowNanos = clock.monotonicNanos() + ABOVE_ALL_PAUSES_NANOS;
        round(0).onTick(nowNanos);
        assertThat(messenger.takeSent()).as("the ring is the same").isEmpty();
        view.set(view(3, NEW, null, ALL));
        round(0).onTick(nowNanos);
        List<Sent> second = messenger.takeSent();
        assertThat(receivers(second)).containsExactlyInAnyOrder(TWO, THREE, FOUR);
        assertThat(second).allSatisfy(each -> {
            assertThat(each.verb()).isEqualTo(Verb.REPLICA_WRITE);
            assertThat(epochOf(each)).isEqualTo(state(3));
            assertThat(restOf(each)).isEqualTo(restOf(first.get(0)));
        });
        acknowledge(round(0), TWO);
        assertThat(operation.isDone())
                .as("the acknowledgement of the first round does not count")
                .isFalse();
        acknowledge(round(0), FOUR);
        assertThat(operation.isDone()).isTrue();
        assertThat(operation.failureNow()).isNull();
        acknowledge(round(0), THREE);
        assertThat(messenger.waiting()).isEmpty();
    }

    @Test
    void aWriteWhoseReplicasAreBehindIsSentAgainAfterAPause() {
        WriteOperation operation = write();
        messenger.takeSent();
        long beforeNanos = clock.monotonicNanos();
        refuse(round(0), Refusal.RING_BEHIND, 0, ONE, TWO);
        round(0).onTick(beforeNanos + RingWait.BEHIND_PAUSE_NANOS - 1);
        assertThat(messenger.takeSent()).as("not at once").isEmpty();
        round(0).onTick(clock.monotonicNanos() + ABOVE_ALL_PAUSES_NANOS);
        assertThat(messenger.takeSent()).hasSize(3);
        acknowledge(round(1), ONE, TWO);
        assertThat(operation.isDone()).isTrue();
        assertThat(news).containsExactly("1 0", "2 0");
    }

    @Test
    void oneReplicaThatIsStaleIsOnlyAFailedOne() {
        WriteOperation operation = write();
        refuse(round(0), Refusal.RING_STALE, 3, ONE);
        acknowledge(round(0), TWO, THREE);
        assertThat(operation.isDone()).isTrue();
        assertThat(operation.failureNow()).isNull();
        assertThat(messenger.waiting()).isEmpty();
    }

    @Test
    void onlyTheDeadlineEndsTheWaitAndTheErrorSaysWhy() {
        WriteOperation write = write();
        ReadOperation read = read();
        refuse(round(0), Refusal.RING_STALE, 3, ONE, TWO);
        refuse(round(1), Refusal.RING_STALE, 3, ONE, TWO);
        assertThat(write.isDone()).isFalse();
        assertThat(read.isDone()).as("THREE is asked").isFalse();
        refuse(round(1), Refusal.RING_STALE, 3, THREE);
        assertThat(read.isDone()).isFalse();
        messenger.waiting().forEach(each -> each.onTick(FAR_NANOS));
        assertThat(write.failureNow())
                .isInstanceOf(WriteTimeoutException.class)
                .hasMessageContaining("while the ring is changing");
        assertThat(read.failureNow())
                .isInstanceOf(ReadTimeoutException.class)
                .hasMessageContaining("while the ring is changing");
        assertThat(messenger.waiting()).isEmpty();
    }

    @Test
    void aRingWithTooFewAliveIsWaitedForToo() {
        WriteOperation operation = write();
        refuse(round(0), Refusal.RING_STALE, 3, ONE, TWO, THREE);
        messenger.takeSent();
        view.set(view(3, NEW, null, List.of(TWO, SELF)));
        round(0).onTick(1);
        assertThat(messenger.takeSent()).isEmpty();
        view.set(view(3, NEW, null, ALL));
        round(0).onTick(2);
        assertThat(messenger.takeSent()).hasSize(3);
        acknowledge(round(0), THREE, FOUR);
        assertThat(operation.failureNow()).isNull();
        assertThat(operation.isDone()).isTrue();
    }

    @Test
    void aFailureOfTheSecondRoundDoesNotForgetThatTheFirstMayHaveWritten() {
        WriteOperation operation = write();
        acknowledge(round(0), ONE);
        refuse(round(0), Refusal.RING_STALE, 3, TWO, THREE);
        view.set(view(3, NEW, null, ALL));
        round(0).onTick(1);
        for (NodeId replica : List.of(TWO, THREE, FOUR)) {
            round(0).onRefused(replica, Refusal.READ_ONLY, "disk is full");
            if (messenger.waiting().isEmpty()) {
                break;
            }
        }
        assertThat(operation.failureNow()).isInstanceOf(WriteTimeoutException.class);
    }

    @Test
    void aReadIsAskedAgainByTheNextRing() {
        ReadOperation operation = read();
        refuse(round(0), Refusal.RING_STALE, 3, ONE, TWO, THREE);
        messenger.takeSent();
        round(0).onTick(1);
        assertThat(messenger.takeSent()).isEmpty();
        view.set(view(3, NEW, null, ALL));
        round(0).onTick(2);
        List<Sent> second = messenger.takeSent();
        assertThat(receivers(second)).hasSize(2).isSubsetOf(TWO, THREE, FOUR);
        assertThat(second).allSatisfy(each -> assertThat(epochOf(each)).isEqualTo(state(3)));
        absent(round(0), second.get(0).to(), second.get(1).to());
        assertThat(operation.isDone()).isTrue();
        assertThat(operation.failureNow()).isNull();
        assertThat(messenger.waiting()).isEmpty();
    }

    @Test
    void thisMembersOwnCopyPassesTheFence() {
        fence.adopt(state(3), new long[] {3});
        view.set(view(2, ring(SELF), null, ALL));
        WriteOperation write = write();
        ReadOperation read = read();
        assertThat(write.isDone()).isFalse();
        assertThat(read.isDone()).isFalse();
        assertThat(engine.read(MAP.id(), KEY)).isNull();
        view.set(view(3, ring(SELF), null, ALL));
        round(0).onTick(1);
        assertThat(write.failureNow()).isNull();
        assertThat(write.isDone()).isTrue();
        round(0).onTick(1);
        assertThat(read.isDone()).isTrue();
        assertThat(read.resultNow()).isNotNull();
        assertThat(messenger.waiting()).isEmpty();
    }
}
