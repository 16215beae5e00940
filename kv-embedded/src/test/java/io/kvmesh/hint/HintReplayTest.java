package io.kvmesh.hint;

import static io.kvmesh.hint.Hints.FOURTH;
import static io.kvmesh.hint.Hints.OTHER;
import static io.kvmesh.hint.Hints.SELF;
import static io.kvmesh.hint.Hints.TARGET;
import static io.kvmesh.hint.Hints.created;
import static io.kvmesh.hint.Hints.hints;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.MemberState;
import io.kvmesh.hint.HintSend.Outcome;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.metadata.Hint;
import io.kvmesh.metadata.sqlite.SqliteHintStore;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.ring.Ring;
import io.kvmesh.ring.Token;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One target whose hints are replayed, three at once; the test is the network. */
class HintReplayTest {
    private static final Partitioner ONE_PARTITION = new Partitioner(1);
    private static final Ring OF_TARGET = ring(SELF, TARGET, OTHER);
    private static final Ring WITHOUT_TARGET = ring(SELF, OTHER, FOURTH);

    @TempDir
    private Path directory;

    private final HintCounters counters = new HintCounters();
    private final Network network = new Network();
    private @Nullable HintBook opened;

    @BeforeEach
    void open() {
        opened = new HintBook(SqliteHintStore.open(directory), HintLimits.DEFAULT, counters);
    }

    @AfterEach
    void close() {
        book().close();
    }

    @Test
    void hintsAreSentInTheOrderOfTheirCreationAndNotTooManyAtOnce() {
        book().add(hints(TARGET, 7));
        HintReplay replay = replay();
        replay.proceed();
        assertThat(created(network.sent)).containsExactly(1L, 2L, 3L);
        replay.onOutcome(network.sent.get(0), Outcome.DELIVERED);
        assertThat(created(network.sent)).containsExactly(1L, 2L, 3L, 4L);
        for (int i = 1; i < 7; i++) {
            replay.onOutcome(network.sent.get(i), Outcome.DELIVERED);
        }
        assertThat(created(network.sent)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L);
        assertThat(network.recipients).allMatch(recipients -> recipients.equals(List.of(TARGET)));
        assertThat(book().kept()).isEmpty();
        assertThat(counters.replayed.get()).isEqualTo(7);
        assertThat(replay.isIdle()).isTrue();
    }

    @Test
    void aHintIsRemovedAfterItsAcknowledgementAndNotBefore() {
        book().add(hints(TARGET, 2));
        HintReplay replay = replay();
        replay.proceed();
        assertThat(keptCount()).isEqualTo(2);
        replay.onOutcome(network.sent.get(1), Outcome.DELIVERED);
        replay.onOutcome(network.sent.get(0), Outcome.UNANSWERED);
        assertThat(created(book().page(TARGET, Hint.NO_ID))).containsExactly(1L);
    }

    @Test
    void aTargetThatIsDownGetsNothingUntilItIsBack() {
        network.alive = Set.of(SELF, OTHER);
        book().add(hints(TARGET, 2));
        HintReplay replay = replay();
        replay.proceed();
        replay.proceed();
        assertThat(network.sent).isEmpty();
        network.alive = Set.of(SELF, TARGET, OTHER);
        replay.proceed();
        assertThat(network.sent).hasSize(2);
    }

    @Test
    void whatIsNotAnsweredIsSentAgainFromTheFirstOnAfterPausesThatGrow() {
        book().add(hints(TARGET, 5));
        HintReplay replay = replay();
        replay.proceed();
        failAll(replay, 0, 3);
        assertThat(network.sent).hasSize(3);
        network.nowNanos += HintReplay.PAUSE_NANOS_MIN - 1;
        replay.proceed();
        assertThat(network.sent).hasSize(3);
        network.nowNanos += 1;
        replay.proceed();
        assertThat(created(network.sent)).containsExactly(1L, 2L, 3L, 1L, 2L, 3L);
        failAll(replay, 3, 6);
        network.nowNanos += 2 * HintReplay.PAUSE_NANOS_MIN - 1;
        replay.proceed();
        assertThat(network.sent).hasSize(6);
        network.nowNanos += 1;
        replay.proceed();
        assertThat(network.sent).hasSize(9);
        assertThat(keptCount()).isEqualTo(5);
    }

    @Test
    void aTargetThatComesBackIsNotKeptWaitingForThePause() {
        book().add(hints(TARGET, 1));
        HintReplay replay = replay();
        replay.proceed();
        failAll(replay, 0, 1);
        network.alive = Set.of(SELF, OTHER);
        replay.proceed();
        network.alive = Set.of(SELF, TARGET, OTHER);
        replay.proceed();
        assertThat(network.sent).hasSize(2);
    }

    @Test
    void oneThatIsRefusedDoesNotKeepTheOthersFromTheirTarget() {
        book().add(hints(TARGET, 3));
        HintReplay replay = replay();
        replay.proceed();
        replay.onOutcome(network.sent.get(0), Outcome.REFUSED);
        replay.onOutcome(network.sent.get(1), Outcome.DELIVERED);
        replay.onOutcome(network.sent.get(2), Outcome.DELIVERED);
        assertThat(created(book().page(TARGET, Hint.NO_ID))).containsExactly(1L);
        replay.proceed();
        assertThat(network.sent).hasSize(3);
        network.nowNanos += HintReplay.LEFT_BEHIND_PAUSE_NANOS;
        replay.proceed();
        assertThat(created(network.sent)).containsExactly(1L, 2L, 3L, 1L);
    }

    @Test
    void hintsWaitForTheirShareOfTheBytes() {
        book().add(hints(TARGET, 2));
        network.waitNanos = 500;
        HintReplay replay = replay();
        replay.proceed();
        replay.proceed();
        assertThat(network.sent).isEmpty();
        assertThat(network.wakeAfterNanos).containsExactly(500L);
        network.waitNanos = 0;
        replay.onTimer();
        assertThat(network.sent).hasSize(2);
    }

    @Test
    void whoIsNoReplicaAnyMoreIsReplacedByAllWhoAre() {
        network.ring = WITHOUT_TARGET;
        network.alive = Set.of(SELF, OTHER, FOURTH);
        book().add(hints(TARGET, 1));
        HintReplay replay = replay();
        replay.proceed();
        assertThat(network.recipients).containsExactly(List.of(SELF, OTHER, FOURTH));
        replay.onOutcome(network.sent.get(0), Outcome.DELIVERED);
        assertThat(book().kept()).isEmpty();
    }

    @Test
    void whileOneOfTheNewReplicasIsDownTheHintWaits() {
        network.ring = WITHOUT_TARGET;
        network.alive = Set.of(SELF, FOURTH);
        book().add(hints(TARGET, 1));
        HintReplay replay = replay();
        replay.proceed();
        assertThat(network.sent).isEmpty();
        network.alive = Set.of(SELF, OTHER, FOURTH);
        network.nowNanos += HintReplay.LEFT_BEHIND_PAUSE_NANOS;
        replay.proceed();
        assertThat(network.recipients).containsExactly(List.of(SELF, OTHER, FOURTH));
    }

    @Test
    void aReplicaByTheOtherRingIsStillTheTarget() {
        network.ring = WITHOUT_TARGET;
        network.otherRing = OF_TARGET;
        book().add(hints(TARGET, 1));
        replay().proceed();
        assertThat(network.recipients).containsExactly(List.of(TARGET));
    }

    @Test
    void aChangeOfTheRingIsFollowedAlsoWhileTheTargetIsDown() {
        network.alive = Set.of(SELF, OTHER, FOURTH);
        book().add(hints(TARGET, 1));
        HintReplay replay = replay();
        replay.proceed();
        network.ring = WITHOUT_TARGET;
        replay.proceed();
        assertThat(network.recipients).containsExactly(List.of(SELF, OTHER, FOURTH));
    }

    private void failAll(HintReplay replay, int from, int to) {
        for (int i = from; i < to; i++) {
            replay.onOutcome(network.sent.get(i), Outcome.UNANSWERED);
        }
    }

    private HintBook book() {
        return Objects.requireNonNull(opened);
    }

    private HintReplay replay() {
        return new HintReplay(TARGET, book(), network);
    }

    private long keptCount() {
        return Objects.requireNonNull(book().kept().get(TARGET)).count();
    }

    private static Ring ring(NodeId... members) {
        Map<NodeId, List<Token>> tokens = new TreeMap<>();
        for (NodeId member : members) {
            tokens.put(member, List.of(new Token(member.value(), 0)));
        }
        return Ring.of(ONE_PARTITION, 3, tokens);
    }

    /** Notes what is sent, and answers nothing. One thread. */
    private static final class Network implements HintReplay.Replays {
        private final List<Hint> sent = new ArrayList<>();
        private final List<List<NodeId>> recipients = new ArrayList<>();
        private final List<Long> wakeAfterNanos = new ArrayList<>();
        private Set<NodeId> alive = Set.of(SELF, TARGET, OTHER);
        private Ring ring = OF_TARGET;
        private @Nullable Ring otherRing;
        private long nowNanos;
        private long waitNanos;

        @Override
        public ClusterView view() {
            TreeMap<NodeId, ClusterView.Member> members = new TreeMap<>();
            for (NodeId node : List.of(SELF, TARGET, OTHER, FOURTH)) {
                MemberState state = alive.contains(node) ? MemberState.ALIVE : MemberState.DEAD;
                members.put(node, new ClusterView.Member(node, 1, ClusterView.NOWHERE, state, 0));
            }
            return new ClusterView(SELF, RingEpoch.NONE, ring, otherRing, members);
        }

        @Override
        public long nowNanos() {
            return nowNanos;
        }

        @Override
        public int inFlightMax() {
            return 3;
        }

        @Override
        public long waitNanos() {
            return waitNanos;
        }

        @Override
        public void wakeAfter(HintReplay replay, long nanos) {
            wakeAfterNanos.add(nanos);
        }

        @Override
        public void send(HintReplay replay, Hint hint, List<NodeId> to, RingEpoch epoch) {
            sent.add(hint);
            recipients.add(to);
        }
    }
}
