package io.kvmesh.testkit.verify;

import io.kvmesh.storage.check.Findings;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Prints a line for each finding, and now and then which file is looked at. Not safe for several threads. */
final class FindingsPrinter implements Findings.Listener {
    private static final long PROGRESS_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Path directory;
    private final PrintStream out;
    private final PrintStream err;
    private long files;
    private long toldNanos = System.nanoTime();

    FindingsPrinter(Path directory, PrintStream out, PrintStream err) {
        this.directory = directory;
        this.out = out;
        this.err = err;
    }

    @Override
    public void onDamage(Path file, String what) {
        out.println("DAMAGED " + directory.relativize(file) + ": " + what);
    }

    @Override
    public void onNote(Path file, String what) {
        out.println("NOTE " + directory.relativize(file) + ": " + what);
    }

    @Override
    public void onFile(Path file) {
        files++;
        long nowNanos = System.nanoTime();
        if (nowNanos - toldNanos >= PROGRESS_INTERVAL_NANOS) {
            toldNanos = nowNanos;
            err.println("file " + files + ": " + directory.relativize(file));
        }
    }
}
