package io.kvmesh.testkit.process;

import io.kvmesh.runtime.RandomSource;
import io.kvmesh.testkit.bench.UsageException;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/**
 * The command line of the torture: harm to a mesh for as long as asked. Confined to its main thread, but for the hook
 * that cleans up when the program is interrupted, and the thread that tells how far it is.
 */
public final class Torture {
    static final int EXIT_WRONG = 1;
    static final int EXIT_USAGE = 2;

    private static final Duration DOWN_MAX = Duration.ofSeconds(15);
    private static final Duration PROGRESS_INTERVAL = Duration.ofSeconds(5);

    private final TortureOptions options;
    private final PrintStream out;
    private final Path directory;
    private final MeshProcesses mesh;
    private final AtomicBoolean cleaned = new AtomicBoolean();

    private Torture(TortureOptions options, PrintStream out) throws IOException {
        this.options = options;
        this.out = out;
        directory = Files.createTempDirectory("kvmesh-torture-");
        mesh = MeshProcesses.of(options.members(), directory);
    }

    public static void main(String[] arguments) throws IOException {
        System.exit(run(List.of(arguments), System.out, System.err));
    }

    /** Runs with the arguments of the command line. Returns the exit status: 0 only if nothing was lost or wrong. */
    static int run(List<String> arguments, PrintStream out, PrintStream errors) throws IOException {
        if (arguments.contains("--help")) {
            out.print(TortureOptions.USAGE);
            return 0;
        }
        TortureOptions options;
        try {
            options = TortureOptions.parse(arguments);
        } catch (UsageException e) {
            errors.println("torture: " + e.getMessage());
            errors.print(TortureOptions.USAGE);
            return EXIT_USAGE;
        }
        return new Torture(options, out).run(errors);
    }

    private int run(PrintStream errors) {
        Thread hook = new Thread(this::cleanUp, "torture-clean-up");
        Runtime.getRuntime().addShutdownHook(hook);
        out.printf("seed %d; repeat with --seed %d; data in %s%n", options.seed(), options.seed(), directory);
        TortureRun run = new TortureRun(mesh, RandomSource.seeded(options.seed()), DOWN_MAX, out);
        boolean ended = false;
        long startNanos = System.nanoTime();
        Ticker progress = new Ticker(PROGRESS_INTERVAL, () -> tellProgress(startNanos));
        try {
            long endNanos = System.nanoTime() + TimeUnit.MINUTES.toNanos(options.minutes());
            run.start();
            while (System.nanoTime() < endNanos) {
                run.anyRound();
            }
            run.finish();
            ended = true;
        } catch (RuntimeException e) {
            if (cleaned.get()) {
                // Interrupted: the processes are gone because the hook ended them.
                return EXIT_WRONG;
            }
            errors.println("torture: " + e.getMessage());
        } finally {
            progress.close();
            cleanUp();
        }
        double minutes = (System.nanoTime() - startNanos) / 60e9;
        out.printf(Locale.ROOT, "RESULT minutes=%.1f %s%n", minutes, run.result());
        return ended && mesh.ledger().faults().isEmpty() ? 0 : EXIT_WRONG;
    }

    private void tellProgress(long startNanos) {
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNanos);
        Ledger ledger = mesh.ledger();
        out.printf("%5d s: %d acknowledged, %d reads verified%n", seconds, ledger.acknowledgements(), ledger.reads());
    }

    private void cleanUp() {
        if (cleaned.compareAndSet(false, true)) {
            mesh.close();
            deleteTree(directory);
        }
    }

    private static void deleteTree(Path root) {
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (NoSuchFileException e) {
            // Gone already, which is what was wanted.
            return;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + root, e);
        }
    }
}
