package io.kvmesh.examples.places;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SummaryTest {

    @Test
    void hasNoProblemWhenAllIsWell() {
        Summary summary = new Summary(1);
        summary.add(phase("load", 1, 10));
        summary.addDuringFailure(phase("read", 1, 1_900));
        summary.setNoticedMillis(5_000);
        summary.setRejoinedMillis(900);

        assertThat(summary.problems()).isEmpty();
        assertThat(summary.result(12.34))
                .isEqualTo("RESULT records=1 lost=0 wrong=0 load_per_s=1 read_per_s=1 noticed_ms=5000"
                        + " rejoined_ms=900 seconds=12.3");
    }

    @Test
    void namesWhatIsLostOrWrong() {
        Phase.Result phase = phase("read", 0, 1);
        phase.work().addLost("lost: a");
        phase.work().addWrong("wrong: b");
        Summary summary = new Summary(2);
        summary.add(phase);

        assertThat(summary.lost()).isEqualTo(1);
        assertThat(summary.wrong()).isEqualTo(1);
        assertThat(summary.problems()).containsExactly("lost: a", "wrong: b");
    }

    @Test
    void noticesAPassThatLeftRecordsOut() {
        Summary summary = new Summary(5);
        summary.add(phase("load", 4, 1));

        assertThat(summary.problems()).containsExactly("load: 4 records instead of 5");
    }

    @Test
    void noticesACallThatTookLongerThanItsTimeout() {
        Summary summary = new Summary(1);
        summary.addDuringFailure(phase("read", 1, 3_500));

        assertThat(summary.problems())
                .containsExactly("a call took 3500 ms, longer than the operation timeout of 2000 ms");
    }

    private static Phase.Result phase(String name, int records, long callMillis) {
        WorkResult work = new WorkResult();
        for (int i = 0; i < records; i++) {
            work.addDone();
            work.latencies().add(TimeUnit.MILLISECONDS.toNanos(callMillis));
        }
        return new Phase.Result(name, 1, 1, work);
    }
}
