package io.kvmesh.testkit.scenario;

import io.kvmesh.testkit.bench.UsageException;
import java.io.PrintStream;
import java.util.List;

/** What the command lines of this package have in common. Stateless. */
final class Programs {
    static final int EXIT_WRONG = 1;
    static final int EXIT_USAGE = 2;

    private Programs() {}

    /** Does what the arguments ask for. */
    @FunctionalInterface
    interface Program {
        /**
         * Runs to the end.
         *
         * @return whether all was well
         * @throws UsageException if the arguments are wrong
         */
        boolean run(List<String> arguments, PrintStream out);
    }

    /** Returns the exit status: 0 if all was well, 1 if not, 2 if the arguments are wrong. */
    static int run(
            String name, String usage, List<String> arguments, PrintStream out, PrintStream errors, Program program) {
        if (arguments.contains("--help")) {
            out.print(usage);
            return 0;
        }
        try {
            return program.run(arguments, out) ? 0 : EXIT_WRONG;
        } catch (UsageException e) {
            errors.println(name + ": " + e.getMessage());
            errors.print(usage);
            return EXIT_USAGE;
        } catch (IllegalStateException e) {
            errors.println(name + ": " + e.getMessage());
            return EXIT_WRONG;
        }
    }
}
