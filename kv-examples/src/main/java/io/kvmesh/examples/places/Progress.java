package io.kvmesh.examples.places;

import java.io.PrintStream;
import java.util.Locale;

/**
 * Shows how far a piece of work is: a bar that moves on a terminal, elsewhere a line for each tenth. Not safe for
 * several threads.
 */
final class Progress {
    private static final int BAR_WIDTH = 30;

    private final PrintStream out;
    private final boolean terminal;
    private final long total;
    private long tenths;

    Progress(PrintStream out, boolean terminal, long total) {
        this.out = out;
        this.terminal = terminal;
        this.total = total;
    }

    /** Whether a bar can move on standard output. */
    static boolean isTerminal() {
        Object console = System.console();
        if (!(console instanceof java.io.Console)) {
            return false;
        }
        try {
            // From JDK 22 on there is a console without a terminal too, and this method to ask it.
            return (boolean) java.io.Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }

    void show(long done, double seconds) {
        long reached = done * 10 / total;
        if (terminal) {
            out.print("\r" + line(done, seconds, bar(done)));
            out.flush();
        } else if (reached > tenths) {
            out.println(line(done, seconds, ""));
        }
        tenths = Math.max(tenths, reached);
    }

    /** Ends a bar, so that other text may follow. */
    void end() {
        if (terminal) {
            out.println();
        }
    }

    private String bar(long done) {
        int filled = Math.toIntExact(done * BAR_WIDTH / total);
        return "[" + "#".repeat(filled) + ".".repeat(BAR_WIDTH - filled) + "] ";
    }

    private String line(long done, double seconds, String bar) {
        return String.format(
                Locale.ROOT,
                "      %s%3d %%  %,9d of %,d  %,8.0f/s",
                bar,
                done * 100 / total,
                done,
                total,
                seconds > 0 ? done / seconds : 0);
    }
}
