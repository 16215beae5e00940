package io.kvmesh.testkit.scenario;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Tells what a scenario does and finds, a line each, and sums up at the end. Used by one thread. */
final class Narrator {
    private final PrintStream out;
    private final long startNanos = System.nanoTime();
    private final List<String> findings = new ArrayList<>();
    private int step;
    private int failed;

    Narrator(PrintStream out) {
        this.out = out;
    }

    void title(String text) {
        out.println(text);
    }

    /** Something is done now. */
    void step(String text, Object... values) {
        step++;
        out.printf(Locale.ROOT, "%6.1f s  %d. %s%n", seconds(), step, String.format(Locale.ROOT, text, values));
    }

    /** Something was seen that needs no judgement. */
    void note(String text, Object... values) {
        out.printf(Locale.ROOT, "%6.1f s     %s%n", seconds(), String.format(Locale.ROOT, text, values));
    }

    /** Judges what was seen. */
    void expect(boolean holds, String text, Object... values) {
        String finding = (holds ? "yes" : "NO ") + "  " + String.format(Locale.ROOT, text, values);
        findings.add(finding);
        failed += holds ? 0 : 1;
        out.printf(Locale.ROOT, "%6.1f s     %s%n", seconds(), finding);
    }

    /** Prints what was found, and returns whether all was as expected. */
    boolean summary(String name) {
        out.println("Summary of " + name + ":");
        findings.forEach(finding -> out.println("  " + finding));
        out.printf(
                Locale.ROOT,
                "RESULT scenario=%s seconds=%.1f expectations=%d failed=%d%n",
                name,
                seconds(),
                findings.size(),
                failed);
        return failed == 0;
    }

    private double seconds() {
        return (double) (System.nanoTime() - startNanos) / TimeUnit.SECONDS.toNanos(1);
    }
}
