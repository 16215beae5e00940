package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.UnavailableException;
import io.kvmesh.testkit.SimCluster;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A member that was away for longer than gc grace answers no reads before it is compared with other replicas. */
class LongAbsenceTest {
    private static final int KEYS = 100;
    private static final Duration GC_GRACE = Duration.ofHours(1);
    private static final Duration LONG = GC_GRACE.multipliedBy(2);
    private static final Duration SHORT = GC_GRACE.dividedBy(2);
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final String SENTENCE = "away for longer than gc grace";

    private SimCluster cluster = SimCluster.of(1).seed(0);

    @AfterEach
    void nothingFailedInsideAMember() {
        cluster.finish();
    }

    private void start(long seed) {
        cluster = SimCluster.of(3)
                .configure(builder -> builder.gossipInterval(Duration.ofSeconds(5))
                        .removeAfter(Duration.ZERO)
                        .gcGrace(GC_GRACE))
                .seed(seed)
                .start();
        for (int i = 0; i < KEYS; i++) {
            map(0).with(ConsistencyLevel.ALL).set("k" + i, "v");
        }
    }

    private KvMap<String, String> map(int member) {
        return cluster.member(member).store().map("m", String.class, String.class);
    }

    private void deleteEveryOther() {
        for (int i = 0; i < KEYS; i += 2) {
            map(i % 4 / 2).delete("k" + i);
        }
    }

    private boolean isRebuilding(int member) {
        return cluster.member(member).store().admin().health().problems().stream()
                .anyMatch(problem -> problem.contains(SENTENCE));
    }

    private void awaitReads(int member) {
        cluster.runUntil("member " + member + " answers reads", () -> !isRebuilding(member), LIMIT);
    }

    private @Nullable String readAtOne(int member, String key) {
        try {
            return map(member).with(ConsistencyLevel.ONE).get(key);
        } catch (UnavailableException e) {
            assertThat(e).hasMessageContaining("gc grace");
            return null;
        }
    }

    /** What the member has itself, since it sees nobody else. */
    private void expectLocally(int member) {
        cluster.network().isolate(member);
        cluster.settle();
        for (int i = 0; i < KEYS; i++) {
            assertThat(map(member).with(ConsistencyLevel.ONE).get("k" + i))
                    .as("k" + i)
                    .isEqualTo(i % 2 == 0 ? null : "v");
        }
        cluster.network().heal();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void whatWasDeletedMeanwhileIsNeverReadFromIt(long seed) {
        start(seed);
        if (seed % 2 == 0) {
            cluster.member(2).stop();
        } else {
            cluster.member(2).kill();
        }
        deleteEveryOther();
        cluster.runFor(LONG);
        cluster.member(2).start();
        assertThat(isRebuilding(2)).isTrue();
        int rounds = 0;
        for (; isRebuilding(2); rounds++) {
            for (int i = 0; i < KEYS; i += 2) {
                assertThat(readAtOne(2, "k" + i)).as("k" + i).isNull();
            }
            cluster.runFor(Duration.ofMillis(20));
            assertThat(rounds).isLessThan(10_000);
        }
        assertThat(rounds).isPositive();
        expectLocally(2);
    }

    @ParameterizedTest
    @ValueSource(longs = {5, 6})
    void aMemberThatWasAwayForLessAnswersAtOnce(long seed) {
        start(seed);
        if (seed % 2 == 0) {
            cluster.member(2).stop();
        } else {
            cluster.member(2).kill();
        }
        cluster.runFor(SHORT);
        cluster.member(2).start();
        assertThat(isRebuilding(2)).isFalse();
        assertThat(readAtOne(2, "k1")).isEqualTo("v");
    }

    @Test
    void membersThatWereAllAwayComeUpAgainByThemselves() {
        start(7);
        cluster.member(2).kill();
        deleteEveryOther();
        cluster.stop();
        cluster.runFor(LONG);
        cluster.members().forEach(member -> member.start());
        cluster.awaitAllAlive();
        for (int member : List.of(0, 1, 2)) {
            awaitReads(member);
        }
        for (int member : List.of(0, 1, 2)) {
            expectLocally(member);
        }
    }

    @Test
    void aMemberThatFindsNobodyWaitsAndStillCountsAsAwayAfterARestart() {
        start(8);
        deleteEveryOther();
        cluster.stop();
        cluster.runFor(LONG);
        cluster.member(2).start();
        cluster.runFor(LIMIT);
        assertThat(cluster.member(2).store().admin().health().problems())
                .anyMatch(problem -> problem.contains(SENTENCE) && problem.contains("too few of the other replicas"));
        assertThat(readAtOne(2, "k1")).isNull();
        map(2).with(ConsistencyLevel.ONE).set("k1", "v");
        cluster.member(2).kill();
        cluster.member(0).start();
        cluster.member(2).start();
        assertThat(isRebuilding(2)).isTrue();
        cluster.awaitAllAlive();
        awaitReads(2);
        awaitReads(0);
        cluster.member(1).start();
        cluster.awaitAllAlive();
        awaitReads(1);
        expectLocally(1);
    }
}
