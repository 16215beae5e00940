package io.kvmesh.testkit.mutants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.testkit.mutants.CampaignRun.Failure;
import io.kvmesh.testkit.mutants.CampaignRun.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is taken from the output of a campaign. Confined to one thread. */
class CampaignRunTest {
    @Test
    void aViolationIsTakenWithWhatIsToldOfIt() {
        Outcome outcome = CampaignRun.parse(List.of(
                "from seed 0 on, 1 at once",
                "VIOLATION seed=-7 scenario=power checker=ReadsAreFresh",
                "  a read missed a write",
                "  replay: ...",
                "RESULT seeds=8 violations=2"));
        assertThat(outcome)
                .isEqualTo(new Outcome(
                        8, new Failure(-7, "power", "ReadsAreFresh", "  a read missed a write\n  replay: ...")));
    }

    @Test
    void withoutAViolationThereIsOnlyTheNumberOfSeeds() {
        assertThat(CampaignRun.parse(List.of("RESULT seeds=500 violations=0"))).isEqualTo(new Outcome(500, null));
    }

    @Test
    void anOutputWithoutAResultIsAnError() {
        assertThatThrownBy(() -> CampaignRun.parse(List.of("from seed 0 on", "out of memory")))
                .isInstanceOf(MutantException.class)
                .hasMessageContaining("ended without a result")
                .hasMessageContaining("out of memory");
    }
}
