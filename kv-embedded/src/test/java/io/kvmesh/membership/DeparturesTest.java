package io.kvmesh.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.membership.Departures.Departure;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeparturesTest {
    private static final long FORGET_AFTER_MICROS = 1_000_000;

    private final Departures departures = new Departures(FORGET_AFTER_MICROS * 1_000);

    @Test
    void whoIsDepartedForLongEnoughIsDue() {
        departures.departed(TestMesh.peer(1, 7), 100);
        departures.departed(TestMesh.peer(1, 7), 500);
        departures.departed(TestMesh.peer(2, 7), 600);

        assertThat(departures.due(node -> true, 99 + FORGET_AFTER_MICROS)).isEmpty();
        assertThat(departures.due(node -> true, 100 + FORGET_AFTER_MICROS)).containsExactly(TestMesh.id(1));
        assertThat(departures.due(node -> !node.equals(TestMesh.id(1)), 600 + FORGET_AFTER_MICROS))
                .containsExactly(TestMesh.id(2));
    }

    @Test
    void aLaterRunOrAReturnBeginsAnew() {
        departures.departed(TestMesh.peer(1, 7), 100);
        departures.departed(TestMesh.peer(1, 8), 500);
        departures.departed(TestMesh.peer(2, 7), 100);
        departures.returned(TestMesh.id(2));
        departures.departed(TestMesh.peer(2, 7), 600);

        assertThat(departures.all())
                .containsExactly(new Departure(TestMesh.peer(1, 8), 500), new Departure(TestMesh.peer(2, 7), 600));
    }

    @Test
    void aClockThatWasSetBackKeepsNobodyForLonger() {
        departures.departed(TestMesh.peer(1, 7), 1_000_000_000);
        departures.departed(TestMesh.peer(1, 7), 5);

        assertThat(departures.due(node -> true, 5 + FORGET_AFTER_MICROS)).containsExactly(TestMesh.id(1));
    }

    @Test
    void itSpeaksOfTheRunAndEarlierOnesOnly() {
        departures.departed(TestMesh.peer(1, 7), 100);

        assertThat(departures.includes(TestMesh.peer(1, 6))).isTrue();
        assertThat(departures.includes(TestMesh.peer(1, 7))).isTrue();
        assertThat(departures.includes(TestMesh.peer(1, 8))).isFalse();
        assertThat(departures.includes(TestMesh.peer(2, 7))).isFalse();
    }

    @Test
    void whoDepartedFirstMakesRoom() {
        departures.departed(TestMesh.peer(1, 7), 300);
        departures.departed(TestMesh.peer(3, 7), 100);
        departures.departed(TestMesh.peer(2, 7), 100);

        assertThat(departures.longest(node -> true)).isEqualTo(TestMesh.id(2));
        assertThat(departures.longest(TestMesh.id(1)::equals)).isEqualTo(TestMesh.id(1));
        assertThat(departures.longest(node -> false)).isNull();
    }

    @Test
    void theForgottenAreRememberedForAWhile() {
        departures.departed(TestMesh.peer(1, 7), 0);
        departures.departed(TestMesh.peer(2, 7), 0);
        long over = Departures.REMEMBERED_TIMES * FORGET_AFTER_MICROS;

        departures.prune(TestMesh.id(2)::equals, over - 1);
        assertThat(departures.all()).hasSize(2);

        departures.prune(TestMesh.id(2)::equals, over);
        assertThat(departures.all()).containsExactly(new Departure(TestMesh.peer(2, 7), 0));
    }

    @Test
    void ofTooManyForgottenThoseWhoDepartedFirstAreDropped() {
        for (int i = 0; i < Departures.FORGOTTEN_MAX + 3; i++) {
            departures.departed(TestMesh.peer(i, 1), i);
        }
        departures.prune(TestMesh.id(0)::equals, Departures.FORGOTTEN_MAX);

        assertThat(departures.all()).hasSize(Departures.FORGOTTEN_MAX + 1);
        assertThat(departures.includes(TestMesh.peer(0, 1)))
                .as("not forgotten yet")
                .isTrue();
        assertThat(departures.includes(TestMesh.peer(1, 1))).isFalse();
        assertThat(departures.includes(TestMesh.peer(2, 1))).isFalse();
        assertThat(departures.includes(TestMesh.peer(3, 1))).isTrue();
    }

    @Test
    void whatWasSavedCountsOn() {
        departures.restore(List.of(new Departure(TestMesh.peer(1, 7), 100)));

        assertThat(departures.takeChanged()).isFalse();
        departures.departed(TestMesh.peer(1, 7), 500);
        assertThat(departures.takeChanged()).isFalse();
        departures.departed(TestMesh.peer(2, 7), 500);
        assertThat(departures.takeChanged()).isTrue();
        assertThat(departures.takeChanged()).isFalse();
        departures.keepChanged();
        assertThat(departures.takeChanged()).isTrue();
        assertThat(departures.due(node -> true, 100 + FORGET_AFTER_MICROS)).containsExactly(TestMesh.id(1));
    }
}
