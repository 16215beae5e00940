package io.kvmesh.membership;

import static io.kvmesh.membership.FailureDetector.Verdict.DIED;
import static io.kvmesh.membership.FailureDetector.Verdict.PROBE;
import static io.kvmesh.membership.FailureDetector.Verdict.PROBE_THROUGH_OTHERS;
import static io.kvmesh.membership.FailureDetector.Verdict.STILL_SUSPECTED;
import static io.kvmesh.membership.FailureDetector.Verdict.SUSPECTED;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.MemberState;
import io.kvmesh.transport.PeerId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FailureDetectorTest {
    private static final long SECOND = 1_000_000_000L;
    private static final long TICK = SECOND / FailureDetector.TICKS_PER_INTERVAL;
    private static final PeerId PEER = TestMesh.peer(1, 4);

    private final FailureDetector detector = new FailureDetector(MembershipConfig.of(SECOND, 8));
    private long heartbeat = 10;

    @BeforeEach
    void aMemberThatBeatsEverySecond() {
        detector.learned(PEER, heartbeat, 0, 0);
        for (int second = 1; second <= 10; second++) {
            detector.heard(PEER, ++heartbeat, second, second * SECOND);
        }
    }

    @Test
    void aMemberOfWhichOthersToldIsSuspectUntilItIsHeard() {
        PeerId other = TestMesh.peer(2, 1);
        detector.learned(other, 5, 0, 0);
        assertThat(state(other)).isEqualTo(MemberState.SUSPECT);

        assertThat(detector.heard(other, 5, 1, SECOND)).isFalse();
        assertThat(state(other)).isEqualTo(MemberState.SUSPECT);
        assertThat(detector.heard(other, 6, 2, SECOND)).isTrue();
        assertThat(state(other)).isEqualTo(MemberState.ALIVE);
    }

    @Test
    void silenceLeadsFromPingsOverHelpToSuspicionAndDeath() {
        List<FailureDetector.Verdict> verdicts = new ArrayList<>();
        long suspectedAt = 0;
        long diedAt = 0;
        for (long now = 10 * SECOND; now < 30 * SECOND; now += TICK) {
            for (FailureDetector.Finding finding : detector.tick(now, now)) {
                verdicts.add(finding.verdict());
                suspectedAt = finding.verdict() == SUSPECTED ? now : suspectedAt;
                diedAt = finding.verdict() == DIED ? now : diedAt;
            }
        }
        assertThat(verdicts.stream().distinct())
                .containsExactly(PROBE, PROBE_THROUGH_OTHERS, SUSPECTED, STILL_SUSPECTED, DIED);
        assertThat(verdicts.stream().filter(STILL_SUSPECTED::equals)).hasSize(3);
        assertThat(suspectedAt - 10 * SECOND).isBetween(9 * SECOND / 2, 6 * SECOND);
        assertThat(diedAt - suspectedAt).isEqualTo(5 * SECOND);
        assertThat(state(PEER)).isEqualTo(MemberState.DEAD);
        assertThat(detector.tick(0, 60 * SECOND)).as("the dead are not pinged").isEmpty();
    }

    @Test
    void withoutAnUnansweredPingThereIsNoSuspicion() {
        assertThat(detector.tick(0, 25 * SECOND))
                .containsExactly(new FailureDetector.Finding(PEER.node(), PROBE_THROUGH_OTHERS));
        assertThat(state(PEER)).isEqualTo(MemberState.ALIVE);
    }

    @Test
    void aLaterHeartbeatRevivesTheSuspectAndTheDead() {
        runTicks(10 * SECOND, 16 * SECOND);
        assertThat(state(PEER)).isEqualTo(MemberState.SUSPECT);
        assertThat(detector.heard(PEER, heartbeat, 0, 16 * SECOND))
                .as("an old one")
                .isFalse();
        assertThat(detector.heard(PEER, heartbeat + 1, 0, 16 * SECOND)).isTrue();
        assertThat(state(PEER)).isEqualTo(MemberState.ALIVE);

        runTicks(16 * SECOND, 40 * SECOND);
        assertThat(state(PEER)).isEqualTo(MemberState.DEAD);
        assertThat(detector.heard(PEER, heartbeat + 2, 0, 40 * SECOND)).isTrue();
        assertThat(state(PEER)).isEqualTo(MemberState.ALIVE);
    }

    @Test
    void theSuspicionOfAnotherCountsOnlyAgainstWhatIsKnownAndAfterAPing() {
        long now = 12 * SECOND;
        assertThat(detector.suspectedByOther(PEER, heartbeat - 1, 0, now))
                .as("older")
                .isFalse();
        assertThat(detector.tick(0, 10 * SECOND + TICK)).isEmpty();
        assertThat(detector.suspectedByOther(PEER, heartbeat, 0, 11 * SECOND))
                .as("not pinged yet")
                .isFalse();
        assertThat(detector.tick(0, 11 * SECOND)).containsExactly(new FailureDetector.Finding(PEER.node(), PROBE));
        assertThat(detector.suspectedByOther(PEER, heartbeat + 3, 7, now)).isTrue();

        assertThat(state(PEER)).isEqualTo(MemberState.SUSPECT);
        assertThat(detector.heard(PEER, heartbeat + 3, 0, now))
                .as("the other knew this one")
                .isFalse();
        assertThat(detector.heard(PEER, heartbeat + 4, 0, now)).isTrue();
    }

    @Test
    void anAccusedMemberThatAnswersStaysAlive() {
        detector.suspectedByOther(PEER, heartbeat, 0, 11 * SECOND);
        runTicks(11 * SECOND, 11 * SECOND + TICK);
        detector.heard(PEER, ++heartbeat, 0, 11 * SECOND + TICK);

        assertThat(detector.suspectedByOther(PEER, heartbeat, 0, 12 * SECOND)).isFalse();
        assertThat(state(PEER)).isEqualTo(MemberState.ALIVE);
    }

    @Test
    void afterAGoodbyeOnlyALaterGenerationLives() {
        assertThat(detector.departed(PEER, 0, 11 * SECOND)).isTrue();
        assertThat(state(PEER)).isEqualTo(MemberState.SUSPECT);
        assertThat(detector.heard(PEER, heartbeat + 100, 0, 11 * SECOND)).isFalse();
        assertThat(detector.met(PEER, 0, 11 * SECOND)).isFalse();
        assertThat(detector.tick(0, 12 * SECOND)).as("no pings").isEmpty();

        PeerId next = new PeerId(PEER.node(), PEER.generation() + 1);
        detector.learned(next, 1, 0, 12 * SECOND);
        assertThat(detector.heard(next, 2, 0, 12 * SECOND)).isTrue();
        assertThat(detector.heard(PEER, 1_000, 0, 13 * SECOND))
                .as("the earlier generation")
                .isFalse();
    }

    @Test
    void aLivingMemberThatRestartsStaysAliveAndAnEarlierGenerationChangesNothing() {
        PeerId next = new PeerId(PEER.node(), PEER.generation() + 1);
        detector.learned(next, 1, 0, 11 * SECOND);
        assertThat(state(next)).isEqualTo(MemberState.ALIVE);

        detector.learned(PEER, 99, 0, 12 * SECOND);
        assertThat(detector.departed(PEER, 0, 12 * SECOND)).isFalse();
        assertThat(detector.suspectedByOther(PEER, 1_000, 0, 20 * SECOND)).isFalse();
        assertThat(state(next)).isEqualTo(MemberState.ALIVE);
    }

    @Test
    void pingsPerTickAreBounded() {
        for (int i = 2; i < 66; i++) {
            detector.learned(TestMesh.peer(i, 1), 1, 0, 10 * SECOND);
        }
        assertThat(detector.tick(0, 13 * SECOND)).hasSize(16);
    }

    private void runTicks(long from, long to) {
        for (long now = from; now <= to; now += TICK) {
            detector.tick(now, now);
        }
    }

    private MemberState state(PeerId peer) {
        return detector.state(peer.node());
    }
}
