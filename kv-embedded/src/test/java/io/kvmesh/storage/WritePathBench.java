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
import io.kvmesh.runtime.FileSystem.SegmentFile;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.SystemClock;
import io.kvmesh.runtime.ThreadScheduler;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Measures what a durable write costs beside a bare sync, and how fast unflushed records are recovered. The argument is
 * a directory. Used by one thread, which starts the writers.
 */
final class WritePathBench {
    private static final int VALUE_BYTES = 100;
    private static final long RUN_NANOS = 3_000_000_000L;
    private static final int RECOVERED_RECORDS = 270_000;

    private WritePathBench() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        for (int round = 0; round < 2; round++) {
            Path fresh = Files.createTempDirectory(directory, "bench");
            bareSyncs(fresh);
            for (int writers : new int[] {1, 8, 64}) {
                durableWrites(fresh.resolve("w" + writers), writers);
            }
            unsyncedWrites(fresh.resolve("periodic"));
            recovery(fresh);
        }
    }

    private static StorageConfig config(Path directory, Durability durability) {
        return new StorageConfig(directory, 1024, durability, 100_000_000L, 256L << 20, 32 << 20, 4096, 64L << 20);
    }

    private static StorageEngine open(Path directory, Durability durability, ThreadScheduler lanes) {
        return StorageEngine.open(
                config(directory, durability), new DiskFileSystem(), new SystemClock(), lanes, RandomSource.seeded(1));
    }

    /** A frame, and a sync of it, into a segment whose bytes were all synced before. */
    private static void bareSyncs(Path directory) throws Exception {
        byte[] frame = new byte[160];
        try (SegmentFile segment = new DiskFileSystem().createSegment(directory.resolve("bare"), 8 << 20)) {
            segment.write(0, new byte[8 << 20], 0, 8 << 20);
            segment.sync();
            long start = System.nanoTime();
            int count = 0;
            while (System.nanoTime() - start < RUN_NANOS) {
                segment.write((long) count * frame.length % (4 << 20), frame, 0, frame.length);
                segment.sync();
                count++;
            }
            report("bare syncs, 1 writer", count, System.nanoTime() - start);
        }
    }

    private static void durableWrites(Path directory, int writers) throws Exception {
        ThreadScheduler lanes = new ThreadScheduler("bench");
        StorageEngine engine = open(directory, Durability.SYNC, lanes);
        engine.createMap(CITIES);
        AtomicLong written = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        long start = System.nanoTime();
        for (int i = 0; i < writers; i++) {
            int first = i;
            Thread thread = new Thread(() -> writeUntil(engine, start + RUN_NANOS, first * 1_000_000, written));
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        report("durable writes, " + writers + " writers", written.get(), System.nanoTime() - start);
        engine.close();
        lanes.close();
    }

    private static void writeUntil(StorageEngine engine, long endNanos, int first, AtomicLong written) {
        Semaphore answered = new Semaphore(0);
        WriteCallback callback = answering(answered);
        for (int i = first; System.nanoTime() - endNanos < 0; i++) {
            engine.write(mutation(i), callback);
            answered.acquireUninterruptibly();
            written.incrementAndGet();
        }
    }

    private static WriteCallback answering(Semaphore answered) {
        return new WriteCallback() {
            @Override
            public void onWritten(@Nullable Version newer) {
                answered.release();
            }

            @Override
            public void onFailed(KvException reason) {
                throw reason;
            }
        };
    }

    private static Mutation mutation(int number) {
        byte[] user = ByteBuffer.allocate(14).putLong(6, number).array();
        Cell cell = Cell.of(new byte[VALUE_BYTES], new Version(1_000_000L + number, new NodeId(1)));
        return new Mutation(CITIES.id(), Key.of(Integer.reverse(number) >>> 22, user), cell);
    }

    private static void unsyncedWrites(Path directory) {
        ThreadScheduler lanes = new ThreadScheduler("bench");
        StorageEngine engine = open(directory, Durability.PERIODIC, lanes);
        engine.createMap(CITIES);
        write(engine, 1_000_000);
        engine.close();
        lanes.close();
    }

    private static void write(StorageEngine engine, int records) {
        Semaphore answered = new Semaphore(0);
        WriteCallback callback = answering(answered);
        long start = System.nanoTime();
        for (int i = 0; i < records; i++) {
            engine.write(mutation(i), callback);
            answered.acquireUninterruptibly();
        }
        report("writes, 1 writer, synced now and then", records, System.nanoTime() - start);
    }

    private static void recovery(Path directory) throws Exception {
        ThreadScheduler lanes = new ThreadScheduler("bench");
        StorageEngine engine = open(directory.resolve("killed"), Durability.PERIODIC, lanes);
        engine.createMap(CITIES);
        write(engine, RECOVERED_RECORDS);
        StorageFixture.copy(directory.resolve("killed"), directory.resolve("copy"));
        long start = System.nanoTime();
        StorageEngine opened = open(directory.resolve("copy"), Durability.PERIODIC, lanes);
        report("records recovered", RECOVERED_RECORDS, System.nanoTime() - start);
        opened.close();
        engine.close();
        lanes.close();
    }

    private static void report(String what, long count, long nanos) {
        System.out.printf("%-40s %9.0f a second, %.3f s%n", what, count * 1e9 / nanos, nanos / 1e9);
    }
}
