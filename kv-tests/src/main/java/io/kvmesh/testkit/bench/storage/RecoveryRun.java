package io.kvmesh.testkit.bench.storage;

import io.kvmesh.testkit.bench.ResourceUse;
import java.nio.file.Path;

/**
 * Opens a directory whose process was killed, with records in it that were not flushed. Used by one thread.
 *
 * <p>The time from the call to the first answered read counts; then every record must be there.
 */
final class RecoveryRun {
    /** How many records are to be recovered, unless the data set has fewer. */
    static final int RECORDS_MAX = 270_000;

    /** Large enough that nothing of what is to be recovered is flushed before. */
    private static final long MEMTABLE_FACTOR = 8;

    private static final long MEMTABLE_BYTES_MIN = 16L << 20;

    private final EngineProvider provider;
    private final WorkloadSettings settings;
    private final int count;

    RecoveryRun(EngineProvider provider, WorkloadSettings settings) {
        this.provider = provider;
        this.settings = settings;
        count = Math.min(RECORDS_MAX, settings.entries());
    }

    /** Writes what {@link #run} will find, and leaves the engine open for the kill. */
    BenchEngine prepare() {
        BenchEngine engine = provider.open(engineSettings());
        Records records = new Records(engine, count, settings.valueBytes());
        for (int record : Works.shuffled(count, io.kvmesh.runtime.RandomSource.seeded(settings.seed()))) {
            records.write(record, Records.FIRST_VERSION, new Meter());
        }
        return engine;
    }

    RunResult run() {
        loadTheEngine();
        ProcessUse before = ProcessUse.now();
        try (BenchEngine engine = provider.open(engineSettings())) {
            Records records = new Records(engine, count, settings.valueBytes());
            records.read(count - 1, new Meter());
            ProcessUse used = ProcessUse.now().since(before);
            RunResult.Footprint footprint = new RunResult.Footprint(
                    0,
                    Scratch.bytesOf(settings.directory()),
                    engine.tableBytes(),
                    ResourceUse.heapUsedBytes(),
                    ProcessUse.residentBytesMax());
            Meter meter = new Meter();
            meter.add(used.wallNanos(), count);
            Meter unmeasured = new Meter();
            for (int i = 0; i < count; i++) {
                records.read(i, unmeasured);
            }
            return new RunResult(settings.workload().label(), count, count, meter.latencies, used, used, footprint);
        }
    }

    /** Classes and native libraries are loaded, which is not what is measured here; the code is not compiled yet. */
    private void loadTheEngine() {
        Path scratch = Scratch.beside(settings.directory());
        try (BenchEngine other = provider.open(engineSettings().withDirectory(scratch))) {
            new Records(other, count, settings.valueBytes()).write(0, Records.FIRST_VERSION, new Meter());
        }
        Scratch.deleteTree(scratch);
    }

    private EngineSettings engineSettings() {
        long bytes = (long) count * settings.engineSettings().recordBytes();
        return new EngineSettings(
                settings.directory(),
                count,
                settings.valueBytes(),
                Math.max(MEMTABLE_BYTES_MIN, bytes * MEMTABLE_FACTOR),
                false);
    }
}
