package io.kvmesh.testkit.campaign;

import io.kvmesh.testkit.bench.UsageException;
import io.kvmesh.testkit.history.Violation;
import java.io.PrintStream;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The program that runs campaigns, and tells the story of single seeds. Stateless. */
public final class Simulate {
    static final int EXIT_VIOLATION = 1;
    static final int EXIT_USAGE = 2;

    private Simulate() {}

    public static void main(String[] arguments) throws InterruptedException {
        System.exit(run(List.of(arguments), System.out, System.err));
    }

    /** Runs what the arguments ask for. Returns the exit status: 0 if no promise was broken. */
    static int run(List<String> arguments, PrintStream out, PrintStream err) throws InterruptedException {
        if (arguments.contains("--help")) {
            out.print(SimulateOptions.usage());
            return 0;
        }
        SimulateOptions options;
        try {
            options = SimulateOptions.parse(arguments);
        } catch (UsageException e) {
            err.println("simulate: " + e.getMessage());
            err.print(SimulateOptions.usage());
            return EXIT_USAGE;
        }
        try (ErrorLog errorLog = ErrorLog.install()) {
            if (options.replay()) {
                return replay(options, errorLog, out);
            }
            out.println("from seed " + options.from() + " on, " + options.threads() + " at once");
            return new Campaign(options, errorLog, out).run() == 0 ? 0 : EXIT_VIOLATION;
        }
    }

    private static int replay(SimulateOptions options, ErrorLog errorLog, PrintStream out) {
        long seed = options.from();
        Scenario scenario = Campaign.scenarioOf(options.scenario(), seed);
        SeedResult result = SeedRun.run(scenario, seed, options.kept(), errorLog);
        SeedReport.describe(result, out);
        if (!result.isGood()) {
            Violation first = result.violations().get(0);
            SeedResult again = SeedRun.runUntil(scenario, seed, options.kept(), errorLog, first.atNanos());
            SeedReport.timeline(again.timeline(), first, out);
            SeedReport.print(result, options, out);
            if (options.shrink()) {
                shrink(result, options, errorLog, out);
            }
        }
        out.println("RESULT seed=" + seed + " operations=" + result.operations() + " faults=" + result.faults()
                + " events=" + result.events() + " violations="
                + result.violations().size());
        return result.isGood() ? 0 : EXIT_VIOLATION;
    }

    private static void shrink(SeedResult result, SimulateOptions options, ErrorLog errorLog, PrintStream out) {
        String checker = result.violations().get(0).checker();
        Shrinker shrinker = new Shrinker(kept -> {
            SeedResult smaller = SeedRun.run(result.scenario(), result.seed(), kept, errorLog);
            boolean same = smaller.violations().stream()
                    .anyMatch(violation -> violation.checker().equals(checker));
            out.println("  with " + kept.size() + " faults: " + (same ? "fails as well" : "does not fail so"));
            return same;
        });
        Set<Integer> all =
                result.plan().faults().stream().map(Fault::number).collect(Collectors.toCollection(TreeSet::new));
        Set<Integer> small = shrinker.shrink(all);
        String kept =
                small.isEmpty() ? "none" : small.stream().map(String::valueOf).collect(Collectors.joining(","));
        out.println("after " + shrinker.attempts() + " attempts, these faults are left: " + kept);
        result.plan().keep(small).faults().forEach(fault -> out.println("  " + fault));
        out.println("  replay: " + SeedReport.command(result, options) + " --keep " + kept);
    }
}
