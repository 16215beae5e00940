package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.CITIES;

import io.kvmesh.api.Durability;
import io.kvmesh.api.KvException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.runtime.SystemClock;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Measures writes and reads of the engine alone: arguments are the directory, the value size and the entries. */
final class StorageBench {
    private static long startCpuNanos;

    private StorageBench() {}

    private static final class Lanes implements Scheduler {
        private final Map<Lane, ScheduledExecutorService> lanes = new EnumMap<>(Lane.class);

        Lanes() {
            for (Lane lane : Lane.values()) {
                lanes.put(lane, Executors.newSingleThreadScheduledExecutor(task -> {
                    Thread thread = new Thread(task, "lane-" + lane);
                    thread.setDaemon(true);
                    return thread;
                }));
            }
        }

        private ScheduledExecutorService lane(Lane lane) {
            return Objects.requireNonNull(lanes.get(lane));
        }

        @Override
        public boolean offer(Lane lane, Runnable task) {
            lane(lane).execute(task);
            return true;
        }

        @Override
        public Cancellable schedule(Lane lane, long delayNanos, Runnable task) {
            var handle = lane(lane).schedule(task, delayNanos, TimeUnit.NANOSECONDS);
            return () -> handle.cancel(false);
        }

        @Override
        public void close() {
            lanes.values().forEach(ScheduledExecutorService::shutdownNow);
        }
    }

    private static Key key(long number) {
        return Key.of(
                (int) (number & 1023),
                ByteBuffer.allocate(14).putLong(6, number).array());
    }

    private static final WriteCallback REQUIRE_WRITTEN = new WriteCallback() {
        @Override
        public void onWritten(@Nullable Version newer) {}

        @Override
        public void onFailed(KvException reason) {
            throw reason;
        }
    };

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        int valueBytes = Integer.parseInt(arguments[1]);
        int entries = Integer.parseInt(arguments[2]);
        for (int round = 0; round < 3; round++) {
            run(Files.createTempDirectory(directory, "bench"), valueBytes, entries);
        }
    }

    private static void run(Path directory, int valueBytes, int entries) throws Exception {
        Lanes lanes = new Lanes();
        StorageConfig config = new StorageConfig(
                directory, 1024, Durability.PERIODIC, 100_000_000L, 256L << 20, 32 << 20, 4096, 256L << 20);
        long start = System.nanoTime();
        StorageEngine engine =
                StorageEngine.open(config, new DiskFileSystem(), new SystemClock(), lanes, RandomSource.seeded(1));
        engine.createMap(CITIES);
        System.out.printf("open %d us%n", (System.nanoTime() - start) / 1000);
        startCpuNanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        RandomSource random = RandomSource.seeded(5);
        long cpu = writes(engine, random, valueBytes, entries);
        reads(engine, entries, "memtable read");
        engine.flush();
        startCpuNanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        reads(engine, entries, "first table read");
        reads(engine, entries, "cached table read");
        missing(engine, entries);
        scan(engine);
        System.out.println(engine.info() + " checksum " + cpu);
        engine.close();
        start = System.nanoTime();
        StorageEngine.open(config, new DiskFileSystem(), new SystemClock(), lanes, RandomSource.seeded(1))
                .close();
        System.out.printf("reopen and close %d us%n", (System.nanoTime() - start) / 1000);
        durable(config, lanes);
        lanes.close();
    }

    private static long writes(StorageEngine engine, RandomSource random, int valueBytes, int entries) {
        byte[] template = new byte[valueBytes];
        long start = System.nanoTime();
        for (int i = 0; i < entries; i++) {
            byte[] value = template.clone();
            Cell cell = Cell.of(value, new Version(1_000_000 + i, new NodeId(1)));
            engine.write(new Mutation(CITIES.id(), key(random.nextInt(entries)), cell), REQUIRE_WRITTEN);
        }
        report("random write", start, entries);
        return template.length;
    }

    private static void reads(StorageEngine engine, int entries, String what) {
        RandomSource random = RandomSource.seeded(6);
        long found = 0;
        long start = System.nanoTime();
        for (int i = 0; i < entries; i++) {
            found += engine.read(CITIES.id(), key(random.nextInt(entries))) == null ? 0 : 1;
        }
        report(what + " (" + found + " found)", start, entries);
    }

    private static void missing(StorageEngine engine, int entries) {
        RandomSource random = RandomSource.seeded(7);
        long start = System.nanoTime();
        for (int i = 0; i < entries; i++) {
            engine.read(CITIES.id(), key(entries + random.nextInt(entries)));
        }
        report("missing read", start, entries);
    }

    private static void scan(StorageEngine engine) {
        long start = System.nanoTime();
        int count = 0;
        try (CellCursor cursor = engine.scan(CITIES.id(), Key.of(0, new byte[0]), null)) {
            while (cursor.next()) {
                count++;
            }
        }
        report("full scan", start, count);
    }

    private static void durable(StorageConfig config, Lanes lanes) throws Exception {
        StorageConfig sync = new StorageConfig(
                config.directory().resolve("sync"), 1024, Durability.SYNC, 100_000_000L, 64L << 20, 32 << 20, 4096, 0);
        StorageEngine engine =
                StorageEngine.open(sync, new DiskFileSystem(), new SystemClock(), lanes, RandomSource.seeded(1));
        engine.createMap(CITIES);
        int entries = 2_000;
        long start = System.nanoTime();
        for (int i = 0; i < entries; i++) {
            CountDownLatch written = new CountDownLatch(1);
            Cell cell = Cell.of(new byte[100], new Version(1_000_000 + i, new NodeId(1)));
            engine.write(new Mutation(CITIES.id(), key(i), cell), new WriteCallback() {
                @Override
                public void onWritten(@Nullable Version newer) {
                    written.countDown();
                }

                @Override
                public void onFailed(KvException reason) {
                    throw reason;
                }
            });
            written.await();
        }
        report("durable write, one writer", start, entries);
        engine.close();
    }

    private static void report(String what, long startNanos, int operations) {
        long wallNanos = System.nanoTime() - startNanos;
        long cpuNanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - startCpuNanos;
        int count = Math.max(1, operations);
        System.out.printf("%s: %d ns, of which %d ns CPU of this thread%n", what, wallNanos / count, cpuNanos / count);
        startCpuNanos = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }
}
