package io.kvmesh.testkit.bench.storage;

import io.kvmesh.runtime.RandomSource;
import io.kvmesh.testkit.bench.ResourceUse;
import io.kvmesh.testkit.bench.ZipfianKeys;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Performs one workload on one engine in this process. Used by one thread.
 *
 * <ol>
 *   <li>A workload that writes all records first fills a small store beside its own, so that the code is compiled.
 *   <li>The engine opens its directory and the threads do their work; workloads that read first bring all blocks into
 *       the cache, as far as it holds them, and those that last for a time begin with an unmeasured part.
 *   <li>After writes the engine settles, and a sample of what was written is read back.
 * </ol>
 */
final class WorkloadRun {
    private static final int BATCH = 100;
    private static final int SCAN = 100;
    private static final int FULL_SCANS = 3;

    private final EngineProvider provider;
    private final WorkloadSettings settings;
    private final PrintStream out;
    private final RandomSource random;

    WorkloadRun(EngineProvider provider, WorkloadSettings settings, PrintStream out) {
        this.provider = provider;
        this.settings = settings;
        this.out = out;
        random = RandomSource.seeded(settings.seed());
    }

    /** Performs the workload. */
    List<RunResult> run() throws InterruptedException {
        return switch (settings.workload()) {
            case FILLSEQ, FILLRANDOM, OVERWRITE, BATCH100 -> writeAll();
            case READRANDOM, READMISSING, READHOT, SCAN100 -> readForAWhile();
            case SCANALL -> scanAll();
            case READWHILEWRITING -> readWhileWriting();
            case SYNC1, SYNC8, SYNC64 -> writeSynced();
            case RECOVERY -> List.of(new RecoveryRun(provider, settings).run());
        };
    }

    private List<RunResult> writeAll() throws InterruptedException {
        warmUp();
        try (BenchEngine engine = provider.open(settings.engineSettings())) {
            Records records = new Records(engine, settings.entries(), settings.valueBytes());
            Workers workers = new Workers();
            List<Meter> meters = add(
                    workers,
                    settings.threads(),
                    writes(records, settings.workload().label()));
            ProcessUse before = ProcessUse.now();
            ProcessUse used = workers.runToTheEnd();
            long heapBytes = ResourceUse.heapUsedBytes();
            engine.settle();
            ProcessUse settled = ProcessUse.now().since(before);
            records.sample(random);
            Meter total = Meter.sum(meters);
            long userBytes = total.operations() * settings.engineSettings().recordBytes();
            return List.of(new RunResult(
                    settings.workload().label(),
                    total.operations(),
                    total.operations(),
                    total.latencies,
                    used,
                    settled,
                    footprint(engine, heapBytes, userBytes)));
        }
    }

    /** What each thread does to write as many records as there are. */
    private IntFunction<Workers.Work> writes(Records records, String label) {
        int count = records.entries();
        int threads = settings.threads();
        Progress progress = new Progress(out, label + " " + settings.engine(), count);
        if (settings.workload() == Workload.OVERWRITE) {
            return i -> Works.times(count / threads, Works.overwriting(records, threads, i, random.split()));
        }
        int[] order = settings.workload() == Workload.FILLSEQ ? Works.ascending(count) : Works.shuffled(count, random);
        return i -> {
            int from = (int) ((long) count * i / threads);
            int to = (int) ((long) count * (i + 1) / threads);
            return settings.workload() == Workload.BATCH100
                    ? Works.inBatches(records, order, from, to, BATCH, progress)
                    : Works.inOrder(records, order, from, to, progress);
        };
    }

    /** Writes as much as the run will, in another directory: less leaves it to the compiler of the JVM. */
    private void warmUp() throws InterruptedException {
        Path scratch = Scratch.beside(settings.directory());
        try (BenchEngine engine = provider.open(settings.engineSettings().withDirectory(scratch))) {
            Records records = new Records(engine, settings.entries(), settings.valueBytes());
            Workers workers = new Workers();
            add(
                    workers,
                    settings.threads(),
                    writes(records, "warm-up of " + settings.workload().label()));
            workers.runToTheEnd();
            engine.flush();
        }
        Scratch.deleteTree(scratch);
    }

    private List<RunResult> readForAWhile() throws InterruptedException {
        try (BenchEngine engine = provider.open(settings.engineSettings())) {
            Records records = new Records(engine, settings.entries(), settings.valueBytes());
            records.warmUpCaches();
            Workers workers = new Workers();
            List<Meter> meters = add(workers, settings.threads(), reads(records));
            ProcessUse used = workers.runFor(settings.warmUpMillis(), settings.measureMillis());
            return List.of(unsettled(engine, Meter.sum(meters), used, 0));
        }
    }

    private IntFunction<Workers.Work> reads(Records records) {
        int entries = records.entries();
        ZipfianKeys zipfian = new ZipfianKeys(entries, ZipfianKeys.THETA);
        return i -> {
            RandomSource own = random.split();
            return Works.endless(
                    switch (settings.workload()) {
                        case READMISSING -> meter -> records.readMissing(own.nextInt(entries), meter);
                        case READHOT -> meter -> records.read(zipfian.next(own), meter);
                        case SCAN100 -> meter -> records.scan(own.nextInt(entries - SCAN + 1), SCAN, meter);
                        default -> meter -> records.read(own.nextInt(entries), meter);
                    });
        };
    }

    private List<RunResult> scanAll() throws InterruptedException {
        try (BenchEngine engine = provider.open(settings.engineSettings())) {
            Records records = new Records(engine, settings.entries(), settings.valueBytes());
            records.scanAll(new Meter());
            Workers workers = new Workers();
            List<Meter> meters = add(workers, 1, i -> Works.times(FULL_SCANS, Works.endless(records::scanAll)));
            ProcessUse used = workers.runToTheEnd();
            return List.of(unsettled(engine, Meter.sum(meters), used, 0));
        }
    }

    private List<RunResult> readWhileWriting() throws InterruptedException {
        try (BenchEngine engine = provider.open(settings.engineSettings())) {
            Records records = new Records(engine, settings.entries(), settings.valueBytes());
            records.warmUpCaches();
            Workers workers = new Workers();
            IntFunction<Workers.Work> reads = reads(records);
            List<Meter> readers = add(workers, settings.threads(), reads);
            List<Meter> writers = add(workers, 1, i -> Works.overwriting(records, 1, 0, random.split()));
            ProcessUse used = workers.runFor(settings.warmUpMillis(), settings.measureMillis());
            long heapBytes = ResourceUse.heapUsedBytes();
            engine.settle();
            records.sample(random);
            Meter read = Meter.sum(readers);
            Meter written = Meter.sum(writers);
            long together = read.operations() + written.operations();
            String label = settings.workload().label();
            // What is settled afterwards comes from the unmeasured part, too: no figure is made of it.
            RunResult.Footprint footprint = footprint(engine, heapBytes, 0);
            return List.of(
                    new RunResult(label + "-reads", read.operations(), together, read.latencies, used, used, footprint),
                    new RunResult(
                            label + "-writes",
                            written.operations(),
                            together,
                            written.latencies,
                            used,
                            used,
                            footprint));
        }
    }

    private List<RunResult> writeSynced() throws InterruptedException {
        try (BenchEngine engine = provider.open(settings.engineSettings())) {
            Records records = new Records(engine, settings.entries(), settings.valueBytes());
            int writers = settings.workload().syncedWriters();
            Workers workers = new Workers();
            List<Meter> meters = add(workers, writers, i -> Works.overwriting(records, writers, i, random.split()));
            ProcessUse used = workers.runFor(settings.warmUpMillis(), settings.measureMillis());
            records.sampleWritten(random);
            Meter total = Meter.sum(meters);
            long userBytes = total.operations() * settings.engineSettings().recordBytes();
            return List.of(unsettled(engine, total, used, userBytes));
        }
    }

    private static List<Meter> add(Workers workers, int count, IntFunction<Workers.Work> work) {
        List<Meter> meters = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Meter meter = new Meter();
            meters.add(meter);
            workers.add(work.apply(i), meter);
        }
        return meters;
    }

    private RunResult unsettled(BenchEngine engine, Meter total, ProcessUse used, long userBytes) {
        return new RunResult(
                settings.workload().label(),
                total.operations(),
                total.operations(),
                total.latencies,
                used,
                used,
                footprint(engine, ResourceUse.heapUsedBytes(), userBytes));
    }

    private RunResult.Footprint footprint(BenchEngine engine, long heapBytes, long userBytes) {
        return new RunResult.Footprint(
                userBytes,
                Scratch.bytesOf(settings.directory()),
                engine.tableBytes(),
                heapBytes,
                ProcessUse.residentBytesMax());
    }
}
