package io.kvmesh.testkit.campaign;

import io.kvmesh.testkit.history.Violation;
import java.io.PrintStream;
import java.util.List;

/** Tells what became of a seed. Stateless. */
final class SeedReport {
    private static final int VIOLATIONS_SHOWN_MAX = 3;
    private static final int TIMELINE_LINES_MAX = 80;

    private SeedReport() {}

    /** The broken promises of a seed, and how to see more of it. */
    static void print(SeedResult result, SimulateOptions options, PrintStream out) {
        out.println("VIOLATION seed=" + result.seed() + " scenario="
                + result.scenario().name() + " checker="
                + result.violations().get(0).checker());
        result.violations().stream()
                .limit(VIOLATIONS_SHOWN_MAX)
                .forEach(violation -> out.println(indented(violation.toString())));
        int more = result.violations().size() - VIOLATIONS_SHOWN_MAX;
        if (more > 0) {
            out.println("  and " + more + " more");
        }
        out.println("  replay: " + command(result, options));
    }

    /** The command that runs the seed again, in the same way. */
    static String command(SeedResult result, SimulateOptions options) {
        String scenario = options.scenario() == null
                ? ""
                : " --scenario " + options.scenario().name();
        return "kv-tests/bin/simulate --seed " + result.seed() + scenario;
    }

    /** What the run was made of. */
    static void describe(SeedResult result, PrintStream out) {
        out.println("seed " + result.seed() + ", scenario " + result.scenario().name() + ", trace "
                + Long.toHexString(result.traceHash()));
        out.println(result.settings().toString());
        out.println("the plan, in seconds after all members were ready:");
        result.plan().faults().forEach(fault -> out.println("  " + fault));
    }

    /** The last events before the first violation was seen. */
    static void timeline(List<String> timeline, Violation violation, PrintStream out) {
        out.println("the last events before " + violation.checker() + " was violated:");
        timeline.stream()
                .skip(Math.max(0, timeline.size() - TIMELINE_LINES_MAX))
                .forEach(out::println);
    }

    private static String indented(String text) {
        return "  " + text.replace("\n", "\n  ");
    }
}
