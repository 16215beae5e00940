package io.kvmesh.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.Durability;
import io.kvmesh.api.MemberState;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.coordinator.RecordingMessenger.Sent;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.HybridClock;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.replica.RingFence;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.ring.Replication;
import io.kvmesh.ring.Ring;
import io.kvmesh.ring.RingMember;
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
import io.kvmesh.transport.Verb;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who gets a write from whom. Member 9, the coordinator, and member 8 are in the east; 1, 2 and 3 in the west. */
class WriteDeliveryTest {
    private static final NodeId SELF = new NodeId(9);
    private static final NodeId NEAR = new NodeId(8);
    private static final NodeId ONE = new NodeId(1);
    private static final NodeId TWO = new NodeId(2);
    private static final NodeId THREE = new NodeId(3);
    private static final MapDescriptor MAP = MapDescriptor.of("cities", "string/1", "string/1");
    private static final Key KEY = Key.of(0, new byte[] {1});
    private static final long TIMEOUT_NANOS = TimeUnit.HOURS.toNanos(4);
    private static final long PATIENCE_NANOS = TIMEOUT_NANOS / 4;

    @TempDir
    Path directory;

    private final SystemClock clock = new SystemClock();
    private final RecordingMessenger messenger = new RecordingMessenger();
    private StorageEngine engine;
    private Coordinator coordinator;

    @BeforeEach
    void open() {
        StorageConfig config =
                new StorageConfig(directory, 16, Durability.PERIODIC, 1_000_000, 1 << 20, 1 << 20, 512, 1 << 20);
        engine = StorageEngine.open(config, new DiskFileSystem(), clock, new ManualScheduler(), RandomSource.seeded(1));
        engine.createMap(MAP);
        ClusterView view = view();
        RingFence fence = new RingFence();
        fence.adopt(view.epoch(), view.changedAt());
        coordinator = new Coordinator(new CoordinatorContext(
                SELF,
                engine,
                messenger,
                () -> view,
                new HybridClock(clock, 0),
                clock,
                new ManualScheduler(),
                new ParkingBlocking(clock),
                fence,
                (from, theirs) -> {},
                TIMEOUT_NANOS,
                Optional.empty()));
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private static ClusterView view() {
        List<RingMember> ring = new ArrayList<>();
        TreeMap<NodeId, ClusterView.Member> members = new TreeMap<>();
        for (NodeId node : List.of(SELF, NEAR, ONE, TWO, THREE)) {
            String dataCenter = node.value() >= 8 ? "east" : "west";
            ring.add(new RingMember(node, 1, dataCenter, "rack", List.of(new Token(node.value(), 0))));
            members.put(node, new ClusterView.Member(node, 1, new PeerAddress("h", 1), MemberState.ALIVE, 0));
        }
        Replication replication = Replication.perDataCenter(Map.of("east", 2, "west", 3));
        return new ClusterView(
                SELF, new RingEpoch(7, 1), Ring.of(new Partitioner(1), replication, ring), null, members);
    }

    private ReplyHandler write() {
        coordinator.write(
                MAP, KEY, new byte[] {7}, ConsistencyLevel.ALL, Quorum.STRICT, clock.monotonicNanos() + TIMEOUT_NANOS);
        List<ReplyHandler> waiting = messenger.waiting();
        return waiting.get(waiting.size() - 1);
    }

    private void written(ReplyHandler round, NodeId replica) {
        messenger.answered(replica);
        round.onReply(replica, new ByteReader(new byte[] {0}));
    }

    private List<String> sent() {
        return messenger.takeSent().stream()
                .map(each -> each.to().value() + " " + each.verb())
                .sorted()
                .toList();
    }

    @Test
    void oneInEachFarDataCentreCarriesTheWriteToTheOthersInTurn() {
        write();
        List<Sent> sent = messenger.takeSent();
        assertThat(sent).hasSize(2);
        Sent carried = sent.get(0);
        Sent direct = sent.get(1);
        assertThat(carried.verb()).isEqualTo(Verb.CARRIED_WRITE);
        assertThat(carried.to()).isEqualTo(ONE);
        assertThat(direct.verb()).isEqualTo(Verb.REPLICA_WRITE);
        assertThat(direct.to()).isEqualTo(NEAR);
        ByteReader payload = new ByteReader(carried.payload());
        assertThat(payload.readUnsignedByte()).isEqualTo(2);
        assertThat(List.of(payload.readLong(), payload.readLong())).containsExactly(2L, 3L);
        assertThat(Arrays.copyOfRange(carried.payload(), payload.position(), carried.payload().length))
                .as("the write follows as it is")
                .isEqualTo(direct.payload());
        messenger.answered(TWO);
        messenger.answered(THREE);
        write();
        assertThat(sent()).containsExactly("2 CARRIED_WRITE", "8 REPLICA_WRITE");
    }

    @Test
    void whoDoesNotAnswerForAWhileGetsTheWriteDirectlyOnce() {
        ReplyHandler round = write();
        messenger.takeSent();
        written(round, THREE);
        written(round, ONE);
        round.onTick(clock.monotonicNanos() + PATIENCE_NANOS / 2);
        assertThat(sent()).isEmpty();
        round.onTick(clock.monotonicNanos() + PATIENCE_NANOS);
        assertThat(sent()).containsExactly("2 REPLICA_WRITE");
        round.onTick(clock.monotonicNanos() + 2 * PATIENCE_NANOS);
        assertThat(sent()).isEmpty();
    }

    @Test
    void aCarrierThatIsSilentGetsTheWriteFromAnother() {
        ReplyHandler round = write();
        messenger.takeSent();
        round.onTick(clock.monotonicNanos() + PATIENCE_NANOS);
        List<Sent> sent = messenger.takeSent();
        assertThat(sent).hasSize(2);
        assertThat(sent.get(0).to()).isEqualTo(TWO);
        assertThat(sent.get(0).verb()).isEqualTo(Verb.CARRIED_WRITE);
        ByteReader payload = new ByteReader(sent.get(0).payload());
        assertThat(payload.readUnsignedByte()).isEqualTo(1);
        assertThat(payload.readLong()).isEqualTo(ONE.value());
        assertThat(sent.get(1).to()).isEqualTo(THREE);
        assertThat(sent.get(1).verb()).isEqualTo(Verb.REPLICA_WRITE);
    }

    @Test
    void whoCannotBeReachedFromHereDoesNotCarry() {
        messenger.endSession(ONE);
        messenger.endSession(THREE);
        for (int i = 0; i < 3; i++) {
            write();
            assertThat(sent()).containsExactly("2 CARRIED_WRITE", "8 REPLICA_WRITE");
            messenger.answered(ONE);
            messenger.answered(THREE);
        }
    }

    @Test
    void whenTheCarrierFailsTheOthersGetTheWriteAtOnceAndAnotherOneCarriesTheNext() {
        ReplyHandler round = write();
        messenger.takeSent();
        round.onFailure(NEAR, ReplyHandler.Failure.SESSION_ENDED);
        assertThat(sent()).as("it carries nothing").isEmpty();
        round.onFailure(ONE, ReplyHandler.Failure.SESSION_ENDED);
        assertThat(sent()).containsExactly("2 REPLICA_WRITE", "3 REPLICA_WRITE");
        for (int i = 0; i < 4; i++) {
            messenger.answered(TWO);
            messenger.answered(THREE);
            write();
            assertThat(sent()).doesNotContain("1 CARRIED_WRITE").contains("8 REPLICA_WRITE");
        }
    }

    @Test
    void whenTheCarrierAnsweredThoseThatDidNotCarryNothingForAWhile() {
        ReplyHandler round = write();
        written(round, ONE);
        written(round, THREE);
        round.onTick(clock.monotonicNanos() + PATIENCE_NANOS);
        messenger.takeSent();
        for (int i = 0; i < 4; i++) {
            messenger.answered(ONE);
            messenger.answered(TWO);
            messenger.answered(THREE);
            write();
            assertThat(sent()).doesNotContain("2 CARRIED_WRITE");
        }
    }

    @Test
    void whoseBudgetIsSpentIsNotReachedThroughOthers() {
        messenger.setUnreachable(THREE);
        write();
        List<Sent> sent = messenger.takeSent();
        Sent carried = sent.stream()
                .filter(each -> each.verb() == Verb.CARRIED_WRITE)
                .findFirst()
                .orElseThrow();
        assertThat(carried.payload()[0]).as("receivers").isEqualTo((byte) 1);
        assertThat(sent)
                .filteredOn(each -> each.to().equals(THREE))
                .singleElement()
                .satisfies(each -> assertThat(each.verb()).isEqualTo(Verb.REPLICA_WRITE));
        messenger.setUnreachable(TWO);
        messenger.setUnreachable(ONE);
        write();
        assertThat(sent()).containsExactly("1 REPLICA_WRITE", "2 REPLICA_WRITE", "3 REPLICA_WRITE", "8 REPLICA_WRITE");
    }
}
