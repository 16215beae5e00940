package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvException;
import io.kvmesh.api.KvMap;
import io.kvmesh.testkit.SimCluster;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A clock that is set an hour ahead for a while does no harm that lasts longer than that. */
class WrongClockTest {
    private static final Duration HOUR = Duration.ofHours(1);
    private static final String KEY = "k";

    private final SimCluster cluster = SimCluster.of(3).seed(41).start();

    @AfterEach
    void nothingFailedInsideAMember() {
        cluster.stop();
        cluster.checkFailures();
    }

    @ParameterizedTest
    @EnumSource(
            value = ConsistencyLevel.class,
            names = {"ONE", "QUORUM", "ALL"})
    void aKeyWrittenWhileTheClockIsAnHourAheadCanBeWrittenAfterwards(ConsistencyLevel level) {
        map(0).set(KEY, "before");
        cluster.member(0).clock().setOffset(HOUR);
        assertRefused(level);
        cluster.member(0).clock().setOffset(Duration.ZERO);
        assertWritableEverywhere();
    }

    @Test
    void aMemberThatStartsWithItsClockAnHourAheadWritesNothingFromTheFuture() {
        map(1).with(ConsistencyLevel.ALL).set(KEY, "before");
        cluster.member(0).kill();
        cluster.member(0).clock().setOffset(HOUR);
        cluster.member(0).start();
        cluster.awaitAllAlive();
        assertRefused(ConsistencyLevel.ONE);
        cluster.member(0).clock().setOffset(Duration.ZERO);
        assertWritableEverywhere();
    }

    @Test
    void aMemberThatStartsWithItsClockSetBackAnHourCanWriteOtherKeysAtOnce() {
        map(0).set("other", "before");
        cluster.member(0).clock().setOffset(HOUR.negated());
        cluster.member(0).kill();
        cluster.member(0).clock().setOffset(Duration.ZERO);
        cluster.member(0).start();
        cluster.awaitAllAlive();
        assertWritableEverywhere();
    }

    /** The others refuse the stamp, and so nothing is written, here or there. */
    private void assertRefused(ConsistencyLevel level) {
        assertThatThrownBy(() -> map(0).with(level).set(KEY, "from the future"))
                .isInstanceOf(KvException.class)
                .hasMessageContaining("ahead of this member's clock");
        cluster.settle();
        assertThat(map(0).with(ConsistencyLevel.ONE).get(KEY)).isEqualTo("before");
    }

    private void assertWritableEverywhere() {
        for (int member = 0; member < 3; member++) {
            String value = "after, through m" + member;
            map(member).with(ConsistencyLevel.ALL).set(KEY, value);
            assertThat(map(member).with(ConsistencyLevel.ALL).get(KEY)).isEqualTo(value);
        }
    }

    private KvMap<String, String> map(int member) {
        return cluster.member(member).store().map("m", String.class, String.class);
    }
}
