package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.CITIES;
import static io.kvmesh.storage.StorageFixture.NODE;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.Durability;
import io.kvmesh.api.OverloadedException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.Version;
import io.kvmesh.storage.StorageFixture.Result;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Writers, readers, flushes and syncs at once, with a bounded number of operations. */
class StorageConcurrencyTest {
    private static final int WRITERS = 3;
    private static final int READERS = 2;
    private static final int WRITES_PER_WRITER = 2_000;
    private static final int KEYS = 100;

    @TempDir
    Path temporary;

    @ParameterizedTest
    @EnumSource(Durability.class)
    void readersNeverSeeAKeyGoBackAndNothingAcknowledgedIsMissing(Durability durability) throws Exception {
        StorageFixture fixture = new StorageFixture(temporary.resolve("store"));
        writeAndRead(fixture, fixture.config(durability, 40_000, 64 * 1024), 100);
    }

    /** Memtables are so large that they take their memory from each other. */
    @Test
    void readersNeverSeeMemoryThatIsUsedAgain() throws Exception {
        StorageFixture fixture = new StorageFixture(temporary.resolve("store"));
        writeAndRead(fixture, fixture.config(Durability.PERIODIC, 1_500_000, 1 << 20), 3_500);
    }

    private static void writeAndRead(StorageFixture fixture, StorageConfig config, int valueBytes) throws Exception {
        StorageEngine engine = fixture.open(config);
        ExecutorService threads = Executors.newFixedThreadPool(WRITERS + READERS + 1);
        AtomicBoolean done = new AtomicBoolean();
        try {
            Future<?> lanes = threads.submit(() -> runLanes(fixture, done));
            List<Future<?>> readers = new ArrayList<>();
            for (int i = 0; i < READERS; i++) {
                readers.add(threads.submit(() -> readUntil(engine, done)));
            }
            List<Future<?>> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                int writer = i;
                writers.add(threads.submit(() -> writeAll(engine, writer, valueBytes)));
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
            done.set(true);
            for (Future<?> reader : readers) {
                reader.get();
            }
            lanes.get();
        } finally {
            done.set(true);
            threads.shutdown();
        }
        assertThat(engine.info().writes().flushCount()).isPositive();
        assertLastWrites(engine);
        engine.close();
        StorageEngine reopened = fixture.open(config);
        assertLastWrites(reopened);
        reopened.close();
    }

    private static void runLanes(StorageFixture fixture, AtomicBoolean done) {
        while (!done.get()) {
            fixture.scheduler.runAll();
            LockSupport.parkNanos(20_000);
        }
        fixture.scheduler.runAll();
    }

    /** Each writer has its own keys, and each of its writes a greater stamp. */
    private static void writeAll(StorageEngine engine, int writer, int valueBytes) {
        for (int i = 1; i <= WRITES_PER_WRITER; i++) {
            Cell cell = Cell.of(value(i, valueBytes), new Version(i, NODE));
            Mutation mutation = new Mutation(CITIES.id(), key(writer, i % KEYS), cell);
            boolean written = false;
            while (!written) {
                Result result = new Result();
                engine.write(mutation, result);
                while (result.calls.get() == 0) {
                    LockSupport.parkNanos(20_000);
                }
                written = result.written;
                assertThat(written || result.failure instanceof OverloadedException)
                        .isTrue();
            }
        }
    }

    private static byte[] value(int stamp, int bytes) {
        byte[] value = new byte[bytes];
        Arrays.fill(value, (byte) stamp);
        return ByteBuffer.wrap(value).putInt(stamp).array();
    }

    private static void readUntil(StorageEngine engine, AtomicBoolean done) {
        long[] seen = new long[WRITERS * KEYS];
        while (!done.get()) {
            for (int i = 0; i < seen.length; i++) {
                Cell found = engine.read(CITIES.id(), key(i / KEYS, i % KEYS));
                long stamp = found == null ? 0 : found.version().timestampMicros();
                assertThat(stamp).isGreaterThanOrEqualTo(seen[i]);
                if (found != null) {
                    assertThat(found.value()).isEqualTo(value((int) stamp, found.value().length));
                }
                seen[i] = stamp;
            }
        }
    }

    private static void assertLastWrites(StorageEngine engine) {
        for (int writer = 0; writer < WRITERS; writer++) {
            for (int number = 0; number < KEYS; number++) {
                Cell found = engine.read(CITIES.id(), key(writer, number));
                int last = WRITES_PER_WRITER - Math.floorMod(WRITES_PER_WRITER - number, KEYS);
                assertThat(found).isNotNull();
                assertThat(found.version().timestampMicros()).isEqualTo(last);
            }
        }
    }

    private static Key key(int writer, int number) {
        return Key.of(writer, new byte[] {(byte) number});
    }
}
