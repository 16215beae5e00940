package io.kvmesh.testkit.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Confined to one thread. */
class BenchArgumentsTest {
    @Test
    void theDefaultsAreThoseOfTheDocumentedRun() {
        ClusterOptions options = ClusterOptions.parse(List.of());
        assertThat(options.records()).isEqualTo(200_000);
        assertThat(options.valueBytes()).isEqualTo(1_024);
        assertThat(options.threads()).containsExactly(1, 16, 64);
        assertThat(options.mixes()).containsExactly(ClusterOptions.Mix.READ, ClusterOptions.Mix.HALF);
        assertThat(options.csv()).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--bogus 1|unknown argument '--bogus'",
                "--records|--records needs a value",
                "--records many|--records 'many' must be a number from 1 to 50000000",
                "--value 8|--value '8' must be a number from 32 to 1048576",
                "--threads 1,x|--threads 'x' must be a number from 1 to 1024",
                "--mix reads|--mix 'reads' must be read, half or write",
                "--durability never|--durability 'never' must be periodic or sync",
                "--java /nowhere|--java '/nowhere' has no bin/java",
            })
    void aWrongArgumentIsNamedWithItsRule(String arguments, String message) {
        assertThatThrownBy(() -> ClusterOptions.parse(List.of(arguments.split(" ", -1))))
                .isInstanceOf(UsageException.class)
                .hasMessage(message);
    }

    @Test
    void theExitStatusTellsAboutTheArguments() throws Exception {
        assertThat(Bench.run(List.of("cluster", "--records", "0"))).isEqualTo(2);
        assertThat(Bench.run(List.of("open", "--runs", "x"))).isEqualTo(2);
        assertThat(Bench.run(List.of("storage", "--engine", "leveldb"))).isEqualTo(2);
        assertThat(Bench.run(List.of("storage", "--help"))).isZero();
        assertThat(Bench.run(List.of("mystery"))).isEqualTo(2);
        assertThat(Bench.run(List.of())).isEqualTo(2);
        assertThat(Bench.run(List.of("cluster", "--help"))).isZero();
    }
}
