package io.kvmesh.testkit.bench.storage;

import io.kvmesh.testkit.bench.ResourceUse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What this process has used up to one moment. Immutable.
 *
 * @param bytesWritten what it caused to be written to the disk, mapped files included, as Linux counts it; 0 elsewhere
 */
record ProcessUse(long wallNanos, ResourceUse resources, long bytesWritten) {
    private static final Path IO_COUNTERS = Path.of("/proc/self/io");
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final long BYTES_PER_KILOBYTE = 1024;

    static ProcessUse now() {
        return new ProcessUse(System.nanoTime(), ResourceUse.now(), counter(IO_COUNTERS, "write_bytes:"));
    }

    ProcessUse since(ProcessUse earlier) {
        return new ProcessUse(
                wallNanos - earlier.wallNanos, resources.since(earlier.resources), bytesWritten - earlier.bytesWritten);
    }

    /** The most memory that this process ever had resident; 0 where that is not told. */
    static long residentBytesMax() {
        return counter(STATUS, "VmHWM:") * BYTES_PER_KILOBYTE;
    }

    private static long counter(Path file, String name) {
        if (!Files.isReadable(file)) {
            return 0;
        }
        try {
            for (String line : Files.readAllLines(file)) {
                if (line.startsWith(name)) {
                    return Long.parseLong(
                            line.substring(name.length()).replace("kB", "").trim());
                }
            }
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
