package io.kvmesh.testkit.junit;

import io.kvmesh.testkit.SimCluster;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;

/** Which seeds a test runs with, and how many of them failed so far. Safe for any thread. */
final class SeedPlan {
    private final SimCluster.Builder clusters;
    private final long firstSeed;
    private final long endSeed;
    private final int failuresMax;
    private final AtomicInteger failures = new AtomicInteger();

    private SeedPlan(SimCluster.Builder clusters, long firstSeed, long endSeed, int failuresMax) {
        this.clusters = clusters;
        this.firstSeed = firstSeed;
        this.endSeed = endSeed;
        this.failuresMax = failuresMax;
    }

    /**
     * Reads and checks an annotation.
     *
     * @param test names the test in errors
     * @param onlySeed the text of {@link KvSim#SEED_PROPERTY}, if it is set
     */
    static SeedPlan of(KvSim annotation, String test, Optional<String> onlySeed) {
        check(test, "seeds", annotation.seeds(), KvSim.SEEDS_MAX);
        check(test, "failuresMax", annotation.failuresMax(), KvSim.SEEDS_MAX);
        check(test, "members", annotation.members(), SimCluster.MEMBERS_MAX);
        if (annotation.from() > Long.MAX_VALUE - annotation.seeds()) {
            throw new ExtensionConfigurationException(
                    "@KvSim of " + test + ": no " + annotation.seeds() + " seeds follow from = " + annotation.from());
        }
        SimCluster.Builder clusters =
                SimCluster.of(annotation.members()).configure(SettingsClass.create(annotation.settings(), test));
        long first = onlySeed.map(SeedPlan::parse).orElse(annotation.from());
        long end = onlySeed.isPresent() ? first + 1 : first + annotation.seeds();
        return new SeedPlan(clusters, first, end, annotation.failuresMax());
    }

    static void check(String test, String name, int value, int max) {
        if (value < 1 || value > max) {
            throw new ExtensionConfigurationException(
                    "annotation of " + test + ": " + name + " = " + value + " must be 1 to " + max);
        }
    }

    private static long parse(String text) {
        try {
            long seed = Long.parseLong(text.strip());
            if (seed < Long.MAX_VALUE) {
                return seed;
            }
        } catch (NumberFormatException e) {
            throw new ExtensionConfigurationException(KvSim.SEED_PROPERTY + " '" + text + "' is not a whole number", e);
        }
        throw new ExtensionConfigurationException(KvSim.SEED_PROPERTY + " " + text + " is too large");
    }

    /** The runs of the test, which end early when enough of them failed. */
    Stream<TestTemplateInvocationContext> runs() {
        return LongStream.range(firstSeed, endSeed)
                .takeWhile(seed -> !isOver())
                .mapToObj(seed -> new SeedInvocation(this, seed));
    }

    SimCluster cluster(long seed) {
        return clusters.seed(seed);
    }

    boolean isOver() {
        return failures.get() >= failuresMax;
    }

    /** Counts a failing seed, and yields what to do about it. */
    String failed(long seed) {
        failures.incrementAndGet();
        String advice = "seed " + seed + ": replay it alone with -D" + KvSim.SEED_PROPERTY + "=" + seed
                + ", or @KvSim(from = " + seed + ", seeds = 1)";
        long left = endSeed - seed - 1;
        return isOver() && left > 0 ? advice + "; " + left + " further seeds were not run" : advice;
    }
}
