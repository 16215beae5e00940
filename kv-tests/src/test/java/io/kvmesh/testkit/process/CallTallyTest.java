package io.kvmesh.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.testkit.bench.Words;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Confined to one thread. */
class CallTallyTest {
    private final CallTally tally =
            new CallTally(100, 2, Map.of("WriteTimeoutException", 2L, "UnavailableException", 3L));

    @Test
    void wordsAreReadAsTheyWereWritten() {
        assertThat(CallTally.parse(Words.parse(tally.toWords()))).isEqualTo(tally);
        assertThat(CallTally.parse(Words.parse(CallTally.NONE.toWords()))).isEqualTo(CallTally.NONE);
    }

    @Test
    void talliesAreAddedAndSubtractedByKind() {
        CallTally more = tally.plus(new CallTally(10, 0, Map.of("UnavailableException", 1L)));
        assertThat(more.failuresText()).isEqualTo("{UnavailableException=4,WriteTimeoutException=2}");
        assertThat(more.since(tally)).isEqualTo(new CallTally(10, 0, Map.of("UnavailableException", 1L)));
    }

    @Test
    void availabilityIsTheShareOfCallsThatSucceeded() {
        assertThat(tally.availability()).isEqualTo(0.95);
        assertThat(CallTally.NONE.availability()).isEqualTo(1);
    }
}
