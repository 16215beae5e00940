package io.kvmesh.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The same seed gives the same story, here and in any other JVM. */
class DeterminismTest {
    private static final int SEEDS = 20;
    private static final int INTERPRETED_SEEDS = 1;
    private static final int CLUSTER_SEEDS = 5;
    private static final long JVM_SECONDS_MAX = 60;

    @Test
    void theSameSeedGivesTheSameTraceAndOthersGiveOthers() {
        checkRepeats(SEEDS, TraceScenario::run);
    }

    @Test
    void theSameSeedGivesTheSameTraceOfAWholeClusterOfStores() {
        checkRepeats(CLUSTER_SEEDS, ClusterTraceScenario::run);
    }

    @Test
    void theSameSeedGivesTheSameTraceOfSimulatedThreads() {
        checkRepeats(CLUSTER_SEEDS, ThreadTraceScenario::run);
    }

    private static void checkRepeats(int seeds, LongFunction<SimCluster> scenario) {
        Set<Long> hashes = new HashSet<>();
        for (long seed = 0; seed < seeds; seed++) {
            SimCluster first = scenario.apply(seed);
            SimCluster second = scenario.apply(seed);
            assertThat(second.loop().timeline()).isEqualTo(first.loop().timeline());
            assertThat(second.traceHash()).isEqualTo(first.traceHash());
            assertThat(second.loop().executedEvents())
                    .isGreaterThan(1_000)
                    .isEqualTo(first.loop().executedEvents());
            hashes.add(first.traceHash());
        }
        assertThat(hashes).hasSize(seeds);
    }

    @Test
    @Timeout(value = 3 * JVM_SECONDS_MAX, unit = TimeUnit.SECONDS)
    void twoOtherJvmsGiveTheSameTraces() throws IOException, InterruptedException {
        List<String> compiled = hashesOfOtherJvm(SEEDS, "-XX:TieredStopAtLevel=1");
        // Interpreted only: nothing may depend on what the compiler makes of the code.
        List<String> interpreted = hashesOfOtherJvm(INTERPRETED_SEEDS, "-Xint");
        List<String> here =
                LongStream.range(0, SEEDS).mapToObj(TraceMain::hashes).toList();
        assertThat(compiled).isEqualTo(here);
        assertThat(interpreted).isEqualTo(here.subList(0, INTERPRETED_SEEDS));
    }

    private static List<String> hashesOfOtherJvm(int seeds, String option) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // As this JVM: tables are compressed by native code where that is allowed, and by Java code elsewhere.
        command.addAll(List.of("-XX:+IgnoreUnrecognizedVMOptions", "--enable-native-access=ALL-UNNAMED"));
        command.add(option);
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(TraceMain.class.getName());
        LongStream.range(0, seeds).mapToObj(Long::toString).forEach(command::add);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            String output = new String(process.getInputStream().readAllBytes(), UTF_8);
            assertThat(process.waitFor(JVM_SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isZero();
            // What members log comes out between the lines that are meant.
            return output.lines()
                    .filter(line -> line.startsWith(TraceMain.PREFIX))
                    .toList();
        } finally {
            process.destroyForcibly();
        }
    }
}
