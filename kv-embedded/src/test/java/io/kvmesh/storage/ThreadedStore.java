package io.kvmesh.storage;

import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.SystemClock;
import io.kvmesh.runtime.ThreadScheduler;
import java.nio.file.Path;

/** An engine on real files whose lanes have threads. Safe for any thread. */
final class ThreadedStore implements AutoCloseable {
    private final ThreadScheduler scheduler;
    private final StorageEngine engine;

    ThreadedStore(Path directory, StorageConfig config) {
        scheduler = new ThreadScheduler(String.valueOf(directory.getFileName()));
        engine = StorageEngine.open(config, new DiskFileSystem(), new SystemClock(), scheduler, RandomSource.seeded(1));
    }

    StorageEngine engine() {
        return engine;
    }

    @Override
    public void close() {
        try {
            engine.close();
        } finally {
            scheduler.close();
        }
    }
}
