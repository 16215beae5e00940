package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.CITIES;
import static io.kvmesh.storage.StorageFixture.NODE;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.Durability;
import io.kvmesh.api.KvException;
import io.kvmesh.api.OverloadedException;
import io.kvmesh.api.StoreClosedException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.SystemClock;
import io.kvmesh.runtime.ThreadScheduler;
import io.kvmesh.storage.StorageFixture.Result;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Writers, readers, scans, flushes, syncs and the close of an engine at once, on its real lanes. What a key's writer
 * was acknowledged is told to the readers, who must then find it or something newer.
 */
@Timeout(300)
class StorageRaceTest {
    private static final int WRITERS = 3;
    private static final int KEYS_PER_WRITER = 40;
    private static final int KEYS = WRITERS * KEYS_PER_WRITER;
    private static final int WRITES_PER_WRITER = 2_500;
    private static final int STALE_WRITE_ONE_OF = 8;
    private static final long SEED = Long.getLong("kvmesh.race.seed", 20_260_102);

    @TempDir
    Path directory;

    private final SyncTrackingFileSystem files = new SyncTrackingFileSystem(new DiskFileSystem());
    /** By key, the greatest stamp that was acknowledged. */
    private final AtomicLongArray acknowledged = new AtomicLongArray(KEYS);

    /** Writers go on until there were so many flushes, however fast they are. */
    private volatile int flushesMin;

    private final AtomicBoolean done = new AtomicBoolean();
    private final AtomicInteger writes = new AtomicInteger();
    private ThreadScheduler scheduler = new ThreadScheduler("unused");

    private StorageEngine open(Durability durability, int memtableBytes) {
        scheduler = new ThreadScheduler("race");
        StorageConfig config = new StorageConfig(
                directory.resolve("store"), 16, durability, 1_000_000L, memtableBytes, 64 * 1024, 512, 64 * 1024);
        StorageEngine engine =
                StorageEngine.open(config, files, new SystemClock(), scheduler, RandomSource.seeded(SEED));
        engine.createMap(CITIES);
        return engine;
    }

    private void close(StorageEngine engine) {
        engine.close();
        scheduler.close();
    }

    @ParameterizedTest
    @EnumSource(Durability.class)
    void readersFindWhatWasAcknowledgedWhileMemtablesBecomeTables(Durability durability) throws Exception {
        StorageEngine engine = open(durability, 12_000);
        flushesMin = 4;
        runAll(
                engine,
                durability,
                () -> readUntilDone(engine, 1),
                () -> readManyUntilDone(engine),
                () -> readVersionsUntilDone(engine),
                () -> scanUntilDone(engine),
                () -> scanBackUntilDone(engine));
        assertThat(engine.info().writes().flushCount()).isGreaterThanOrEqualTo(flushesMin);
        expectAllAcknowledged(engine);
        close(engine);
        StorageEngine reopened = open(durability, 12_000);
        expectAllAcknowledged(reopened);
        close(reopened);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 500, 3_000})
    void whatWasAcknowledgedBeforeACloseIsDurableAndWhatComesAfterIsRefused(int writesBefore) throws Exception {
        StorageEngine engine = open(Durability.SYNC, 1 << 20);
        runAll(engine, Durability.SYNC, () -> {
            while (writes.get() < writesBefore) {
                LockSupport.parkNanos(20_000);
            }
            engine.close();
            return null;
        });
        scheduler.close();
        StorageEngine reopened = open(Durability.SYNC, 1 << 20);
        expectAllAcknowledged(reopened);
        close(reopened);
    }

    @Test
    void flushesOnRequestAndOfTheLaneDoNotDisturbEachOther() throws Exception {
        StorageEngine engine = open(Durability.PERIODIC, 12_000);
        runAll(engine, Durability.PERIODIC, () -> readUntilDone(engine, 3), () -> {
            for (int i = 0; i < 20 && !done.get(); i++) {
                engine.flush();
            }
            return null;
        });
        expectAllAcknowledged(engine);
        close(engine);
    }

    /** Runs the writers to their end, and the others until then. */
    @SafeVarargs
    private void runAll(StorageEngine engine, Durability durability, Callable<@Nullable Void>... others)
            throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(WRITERS + others.length);
        try {
            List<Future<?>> otherEnds = new ArrayList<>();
            for (Callable<@Nullable Void> other : others) {
                otherEnds.add(threads.submit(other));
            }
            List<Future<?>> writerEnds = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                int writer = i;
                writerEnds.add(threads.submit(() -> writeAll(engine, durability, writer)));
            }
            for (Future<?> writer : writerEnds) {
                writer.get();
            }
            done.set(true);
            for (Future<?> other : otherEnds) {
                other.get();
            }
        } finally {
            done.set(true);
            threads.shutdown();
        }
    }

    private void writeAll(StorageEngine engine, Durability durability, int writer) {
        RandomSource random = RandomSource.seeded(SEED + writer);
        int stamp = 1;
        while (stamp <= WRITES_PER_WRITER
                || (flushesMin > 0 && engine.info().writes().flushCount() < flushesMin)) {
            int key = writer * KEYS_PER_WRITER + random.nextInt(KEYS_PER_WRITER);
            boolean stale = random.nextInt(STALE_WRITE_ONE_OF) == 0 && acknowledged.get(key) > 1;
            long written = stale ? acknowledged.get(key) - 1 : stamp;
            // An older write must be told of the newer one, since its coordinator would otherwise take it for done.
            Version newer = write(engine, durability, key, written, writer);
            if (done.get()) {
                return;
            }
            if (stale) {
                assertThat(newer).as("key %d at %d", key, written).isNotNull();
                assertThat(newer.timestampMicros()).isEqualTo(acknowledged.get(key));
            } else {
                assertThat(newer).isNull();
                acknowledged.set(key, stamp);
                stamp++;
            }
            writes.incrementAndGet();
        }
    }

    /** Writes until it is acknowledged or the engine is closed, which ends the run. Returns the newer version met. */
    private @Nullable Version write(StorageEngine engine, Durability durability, int key, long stamp, int writer) {
        long number = stamp * WRITERS + writer;
        while (true) {
            Result result = new Result();
            AtomicBoolean durable = new AtomicBoolean();
            try {
                engine.write(new Mutation(CITIES.id(), key(key), cell(stamp, number)), new WriteCallback() {
                    @Override
                    public void onWritten(@Nullable Version newer) {
                        durable.set(files.isDurable(number));
                        result.onWritten(newer);
                    }

                    @Override
                    public void onFailed(KvException reason) {
                        result.onFailed(reason);
                    }
                });
            } catch (StoreClosedException e) {
                done.set(true);
                return null;
            }
            while (result.calls.get() == 0) {
                LockSupport.parkNanos(10_000);
            }
            assertThat(result.calls).hasValue(1);
            if (result.written) {
                assertThat(durable.get() || durability == Durability.PERIODIC)
                        .as("an acknowledged write is covered by a sync")
                        .isTrue();
                return result.newer;
            }
            assertThat(result.failure).isInstanceOf(OverloadedException.class);
        }
    }

    private @Nullable Void readUntilDone(StorageEngine engine, long seed) {
        RandomSource random = RandomSource.seeded(SEED ^ seed);
        while (!done.get()) {
            int key = random.nextInt(KEYS);
            long expected = acknowledged.get(key);
            Cell found = random.nextInt(4) == 0
                    ? engine.readResident(CITIES.id(), key(key))
                    : engine.read(CITIES.id(), key(key));
            if (!StorageEngine.needsDisk(found)) {
                expectAtLeast(key, expected, found);
            }
        }
        return null;
    }

    private @Nullable Void scanUntilDone(StorageEngine engine) {
        while (!done.get()) {
            long[] expected = new long[KEYS];
            for (int key = 0; key < KEYS; key++) {
                expected[key] = acknowledged.get(key);
            }
            int last = -1;
            try (CellCursor cursor = engine.scan(CITIES.id(), key(0), null)) {
                while (cursor.next()) {
                    int key = cursor.key().userKey()[0];
                    assertThat(key).isGreaterThan(last);
                    for (int missed = last + 1; missed < key; missed++) {
                        assertThat(expected[missed]).as("key %d", missed).isZero();
                    }
                    expectAtLeast(key, expected[key], cursor.cell());
                    last = key;
                }
            }
        }
        return null;
    }

    private @Nullable Void scanBackUntilDone(StorageEngine engine) {
        while (!done.get()) {
            long[] expected = new long[KEYS];
            for (int key = 0; key < KEYS; key++) {
                expected[key] = acknowledged.get(key);
            }
            int last = KEYS;
            try (CellCursor cursor = engine.scanReverse(CITIES.id(), key(0), null)) {
                while (cursor.next()) {
                    int key = cursor.key().userKey()[0];
                    assertThat(key).isLessThan(last);
                    for (int missed = last - 1; missed > key; missed--) {
                        assertThat(expected[missed]).as("key %d", missed).isZero();
                    }
                    expectAtLeast(key, expected[key], cursor.cell());
                    last = key;
                }
            }
        }
        return null;
    }

    private @Nullable Void readManyUntilDone(StorageEngine engine) {
        List<Key> keys = IntStream.range(0, KEYS).mapToObj(StorageRaceTest::key).toList();
        while (!done.get()) {
            long[] expected = new long[KEYS];
            for (int key = 0; key < KEYS; key++) {
                expected[key] = acknowledged.get(key);
            }
            @Nullable Cell[] found = engine.readAll(CITIES.id(), keys);
            for (int key = 0; key < KEYS; key++) {
                expectAtLeast(key, expected[key], found[key]);
            }
        }
        return null;
    }

    private @Nullable Void readVersionsUntilDone(StorageEngine engine) {
        RandomSource random = RandomSource.seeded(SEED ^ 4);
        while (!done.get()) {
            int key = random.nextInt(KEYS);
            long expected = acknowledged.get(key);
            Version found = random.chance(0.5)
                    ? engine.readVersionResident(CITIES.id(), key(key))
                    : engine.readVersion(CITIES.id(), key(key));
            if (!StorageEngine.needsDisk(found)) {
                expectAtLeast(key, expected, found == null ? null : Cell.tombstone(found));
            }
        }
        return null;
    }

    private void expectAllAcknowledged(StorageEngine engine) {
        for (int key = 0; key < KEYS; key++) {
            expectAtLeast(key, acknowledged.get(key), engine.read(CITIES.id(), key(key)));
        }
    }

    private static void expectAtLeast(int key, long stamp, @Nullable Cell found) {
        if (stamp > 0) {
            assertThat(found).as("key %d, acknowledged at %d", key, stamp).isNotNull();
            long foundStamp = Objects.requireNonNull(found).version().timestampMicros();
            assertThat(foundStamp).as("key %d", key).isGreaterThanOrEqualTo(stamp);
        }
    }

    private static Key key(int number) {
        // In the order of their numbers, which the scan relies on.
        return Key.of(number * 16 / KEYS, new byte[] {(byte) number});
    }

    private static Cell cell(long stamp, long number) {
        byte[] value = ByteBuffer.allocate(100)
                .putLong(SyncTrackingFileSystem.MARK)
                .putLong(number)
                .array();
        return Cell.of(value, new Version(stamp, NODE));
    }
}
