package io.kvmesh.examples.places;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class LineTest {

    @Test
    void survivesTheJourneyAsText() {
        Line line = Line.of("DONE")
                .with("notes", "a = b\nc+d é %")
                .with("empty", "")
                .with("count", 12);

        assertThat(Line.parse(line.toString())).isEqualTo(line);
        assertThat(line.toString()).doesNotContain("\n");
        assertThat(line.number("count")).isEqualTo(12);
        assertThat(line.text("empty")).isEmpty();
    }

    @Test
    void refusesWhatIsNoLine() {
        assertThatThrownBy(() -> Line.parse("READ from")).hasMessageContaining("'from' must be name=value");
        assertThatThrownBy(() -> Line.parse("READ =3")).hasMessageContaining("'=3' must be name=value");
        assertThatThrownBy(() -> Line.parse("")).hasMessageContaining("capital letters");
        assertThatThrownBy(() -> Line.parse("WARNING: something")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void namesTheFieldThatIsMissingOrNoNumber() {
        Line line = Line.of("READ").with("from", "x");

        assertThatThrownBy(() -> line.text("to")).hasMessageContaining("field to is missing");
        assertThatThrownBy(() -> line.number("from")).hasMessageContaining("field from must be a number but is 'x'");
    }

    @Test
    void carriesTheSettingsOfAMember() {
        MemberSettings settings = new MemberSettings(
                Path.of("/tmp/with space/member-1"), 7801, List.of("127.0.0.1:7801", "127.0.0.1:7802"), 3, 100, 16);

        assertThat(MemberSettings.parse(settings.toLine().toString())).isEqualTo(settings);
        assertThatThrownBy(() -> MemberSettings.parse("HELLO port=1")).hasMessageContaining("must begin with MEMBER");
    }

    @Test
    void carriesAResult() {
        WorkResult result = new WorkResult();
        result.addDone();
        result.addLost("lost: one");
        result.addWrong("wrong: two");
        result.addRetries(java.util.Map.of("ReadTimeoutException", 2L));
        result.latencies().add(5_000);

        WorkResult parsed = WorkResult.parse(Line.parse(result.toLine().toString()));

        assertThat(parsed.records()).isEqualTo(3);
        assertThat(parsed.lost()).isEqualTo(1);
        assertThat(parsed.wrong()).isEqualTo(1);
        assertThat(parsed.notes()).containsExactly("lost: one", "wrong: two");
        assertThat(parsed.retries()).containsExactly(java.util.Map.entry("ReadTimeoutException", 2L));
        assertThat(parsed.latencies().maxNanos()).isEqualTo(5_000);
    }
}
