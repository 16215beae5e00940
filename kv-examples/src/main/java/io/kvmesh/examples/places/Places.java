package io.kvmesh.examples.places;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/**
 * Runs a mesh of several processes on this machine and real data through the life of a cluster: load, read back, the
 * sudden death of a member, work without it, its return. Everything that was read is compared with the file.
 *
 * <p>Run it with {@code mvn -q compile exec:java}. The last line is for machines. The exit status is 0 if nothing was
 * lost or wrong, 1 if not, 2 for wrong arguments.
 */
public final class Places {
    private static final int EXIT_FAILED = 1;
    private static final int EXIT_USAGE = 2;

    private Places() {}

    public static void main(String[] args) {
        int status = run(List.of(args), System.out, System.err);
        System.out.flush();
        System.err.flush();
        if (status != 0) {
            // Inside Maven this ends Maven with the status, which is what a failed job must do.
            System.exit(status);
        }
    }

    static int run(List<String> arguments, PrintStream out, PrintStream err) {
        Options options;
        WorkDirectory directory;
        try {
            options = Options.parse(arguments);
            if (options.help()) {
                out.println(Options.USAGE);
                return 0;
            }
            directory = WorkDirectory.create(options.keep());
        } catch (IllegalArgumentException e) {
            err.println("places: " + e.getMessage());
            err.println(Options.USAGE);
            return EXIT_USAGE;
        }
        return run(options, directory, out, err);
    }

    private static int run(Options options, WorkDirectory directory, PrintStream out, PrintStream err) {
        long startNanos = System.nanoTime();
        out.printf(
                Locale.ROOT,
                "KvMesh: %,d places of the world (GeoNames, CC BY 4.0) on %d members, 3 replicas of each record%n",
                options.records(),
                options.members());
        out.println("Data and logs: " + directory.path() + (directory.isKept() ? "" : " (deleted at the end)"));
        Mesh mesh = new Mesh();
        Cleanup cleanup = Cleanup.register(mesh, directory);
        try {
            Summary summary = new PlacesJob(options, directory.path(), mesh, out).run();
            cleanup.now();
            summary.print(out, (System.nanoTime() - startNanos) / 1e9);
            return summary.problems().isEmpty() ? 0 : EXIT_FAILED;
        } catch (JobFailedException e) {
            if (cleanup.stopMembersOnly()) {
                out.flush();
                err.println();
                err.println("FAILED: " + e.getMessage());
                err.println("Data and logs are kept in " + directory.path());
            }
            return EXIT_FAILED;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return EXIT_FAILED;
        }
    }
}
