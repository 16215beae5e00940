package io.kvmesh.testkit.campaign;

import io.kvmesh.testkit.bench.Arguments;
import io.kvmesh.testkit.bench.UsageException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a campaign is to do. Immutable.
 *
 * @param scenario null for one that each seed draws
 * @param from the first seed
 * @param replay whether only this seed is run, and told about
 * @param kept the numbers of the faults that happen; null for all
 * @param failuresMax after how many failing seeds the campaign ends
 */
record SimulateOptions(
        @Nullable Scenario scenario,
        long from,
        int seeds,
        int minutes,
        int threads,
        int failuresMax,
        boolean replay,
        boolean shrink,
        @Nullable Set<Integer> kept) {
    static final int SEEDS_DEFAULT = 200;
    static final int FAILURES_DEFAULT = 5;
    static final String ANY = "any";

    private static final int THREADS_MAX = 256;
    private static final int MINUTES_MAX = 100_000;
    private static final List<String> KNOWN =
            List.of("--seeds", "--from", "--minutes", "--scenario", "--threads", "--failures-max", "--seed", "--keep");

    static String usage() {
        String scenarios = Scenario.all().stream()
                .map(scenario -> String.format("    %-12s %s%n", scenario.name(), scenario.description()))
                .collect(Collectors.joining());
        return """
            usage: simulate [options]
              --seeds N         how many seeds to run (%d)
              --from S          the first seed, or 'fresh' for one that nobody knows yet (0)
              --minutes M       end after this time, however many seeds were run
              --scenario NAME   which faults may happen; by default each seed draws one of these:
            %s  --threads T       how many seeds to run at once (one for each core)
              --failures-max F  end after this many failing seeds (%d)
              --seed S          run only this seed, and tell its story
                --keep A,B,...  let only these faults of its plan happen; 'none' for none
                --shrink        find a smaller plan that fails in the same way
            """.formatted(SEEDS_DEFAULT, scenarios, FAILURES_DEFAULT);
    }

    static SimulateOptions parse(List<String> arguments) {
        Arguments given = Arguments.of(arguments, KNOWN, List.of("--shrink"));
        String seed = given.textOrNull("--seed");
        boolean replay = seed != null;
        if (replay && (given.has("--seeds") || given.has("--from") || given.has("--minutes"))) {
            throw new UsageException("--seed runs one seed: --seeds, --from and --minutes make no sense with it");
        }
        if (!replay && (given.has("--keep") || given.has("--shrink"))) {
            throw new UsageException("--keep and --shrink belong to one seed: give it with --seed");
        }
        int minutes = given.number("--minutes", 0, 1, MINUTES_MAX);
        return new SimulateOptions(
                scenario(given.text("--scenario", ANY)),
                seed != null ? seed("--seed", seed) : seed("--from", given.text("--from", "0")),
                given.number("--seeds", minutes > 0 ? Integer.MAX_VALUE : SEEDS_DEFAULT, 1, Integer.MAX_VALUE),
                minutes,
                given.number("--threads", Runtime.getRuntime().availableProcessors(), 1, THREADS_MAX),
                given.number("--failures-max", FAILURES_DEFAULT, 1, Integer.MAX_VALUE),
                replay,
                given.has("--shrink"),
                kept(given.textOrNull("--keep")));
    }

    private static @Nullable Scenario scenario(String name) {
        if (name.equals(ANY)) {
            return null;
        }
        return Scenario.all().stream()
                .filter(scenario -> scenario.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new UsageException("--scenario '" + name + "' must be one of " + ANY + ", "
                        + Scenario.all().stream().map(Scenario::name).collect(Collectors.joining(", "))));
    }

    private static long seed(String option, String text) {
        if (option.equals("--from") && text.equals("fresh")) {
            return System.currentTimeMillis() * 1_000;
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new UsageException(option + " '" + text + "' must be a whole number of 64 bits");
        }
    }

    private static @Nullable Set<Integer> kept(@Nullable String text) {
        if (text == null || text.equals("none")) {
            return text == null ? null : Set.of();
        }
        return Arrays.stream(text.split(",", -1))
                .map(number -> Arguments.number("--keep", number, 0, FaultPlan.FAULTS_MAX))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
