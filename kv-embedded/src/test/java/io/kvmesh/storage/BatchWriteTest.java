package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.CITIES;
import static io.kvmesh.storage.StorageFixture.cell;
import static io.kvmesh.storage.StorageFixture.key;
import static io.kvmesh.storage.StorageFixture.text;
import static io.kvmesh.storage.StorageFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.Durability;
import io.kvmesh.api.OverloadedException;
import io.kvmesh.api.StoreReadOnlyException;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.Mutation;
import io.kvmesh.storage.StorageFixture.Result;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many records in one write. */
class BatchWriteTest {
    private static final int SEGMENT_BYTES = 256 * 1024;
    private static final int ROOMY_BYTES = 64 * 1024 * 1024;

    @TempDir
    Path temporary;

    private StorageFixture fixture = new StorageFixture(Path.of("unset"));

    @BeforeEach
    void createFixture() {
        fixture = new StorageFixture(temporary.resolve("store"));
    }

    private static Mutation mutation(String key, String value, long timestampMicros) {
        return new Mutation(CITIES.id(), key(key), cell(value, timestampMicros));
    }

    /** The cities from a number to another one, each named after its number, with its own stamp. */
    private static List<Mutation> cities(int from, int to, int valueBytes) {
        List<Mutation> batch = new ArrayList<>();
        for (int i = from; i < to; i++) {
            batch.add(mutation("city" + i, "v".repeat(valueBytes) + i, 10 + i));
        }
        return batch;
    }

    private static Result writeAll(StorageEngine engine, List<Mutation> batch) {
        Result result = new Result();
        engine.writeAll(batch, result);
        return result;
    }

    private static void assertStored(StorageEngine engine, int count, int valueBytes) {
        for (int i = 0; i < count; i++) {
            assertThat(text(engine, "city" + i)).as("city %d", i).isEqualTo("v".repeat(valueBytes) + i);
        }
    }

    private long logSyncs() {
        return fixture.files.calls().stream()
                .filter(call -> call.startsWith("sync ") && call.endsWith(".seg"))
                .count();
    }

    @Test
    void eachRecordAppliesByItselfInItsOrder() {
        StorageEngine engine = fixture.open();
        write(engine, "oslo", cell("newer", 100));
        Result result = writeAll(
                engine,
                List.of(
                        mutation("rome", "first", 10),
                        mutation("oslo", "older", 50),
                        mutation("rome", "second", 20),
                        mutation("rome", "older", 15)));
        assertThat(result.written).isTrue();
        assertThat(result.calls).hasValue(1);
        assertThat(result.newer).as("a batch is not told what it met").isNull();
        assertThat(text(engine, "oslo")).isEqualTo("newer");
        assertThat(text(engine, "rome")).isEqualTo("second");
        engine.close();
    }

    @Test
    void aBatchIsAcknowledgedOnceAfterOneSync() throws IOException {
        StorageEngine engine = fixture.open(fixture.config(Durability.SYNC, ROOMY_BYTES, SEGMENT_BYTES));
        fixture.scheduler.runOffered();
        long before = logSyncs();
        Result result = writeAll(engine, cities(0, 100, 10));
        assertThat(result.calls).hasValue(0);
        fixture.scheduler.runOffered();
        assertThat(result.written).isTrue();
        assertThat(result.calls).hasValue(1);
        assertThat(logSyncs()).isEqualTo(before + 1);
        StorageEngine recovered = fixture.crashed(temporary.resolve("crashed")).open();
        assertStored(recovered, 100, 10);
        recovered.close();
        engine.close();
    }

    @Test
    void aBatchThatCannotBeSyncedFailsAsAWhole() {
        StorageEngine engine = fixture.open(fixture.config(Durability.SYNC, ROOMY_BYTES, SEGMENT_BYTES));
        fixture.scheduler.runOffered();
        Result result = writeAll(engine, cities(0, 3, 10));
        fixture.files.failAfter(0);
        fixture.scheduler.runOffered();
        fixture.files.heal();
        assertThat(result.failure).isInstanceOf(StoreReadOnlyException.class);
        assertThat(result.calls).hasValue(1);
        Result later = writeAll(engine, cities(3, 5, 10));
        assertThat(later.failure).isInstanceOf(StoreReadOnlyException.class);
        assertThat(text(engine, "city3")).isNull();
        engine.close();
    }

    @Test
    void aFullStoreRefusesABatchAsAWhole() {
        int budgetBytes = 10_000;
        StorageEngine engine = fixture.open(fixture.config(Durability.PERIODIC, budgetBytes, SEGMENT_BYTES));
        Result last = new Result();
        int next = 0;
        while (last.failure == null) {
            assertThat(next).as("written without a refusal").isLessThan(10_000);
            last = writeAll(engine, cities(next, next + 10, 100));
            next += 10;
        }
        assertThat(last.failure).isInstanceOf(OverloadedException.class);
        for (int i = next - 10; i < next; i++) {
            assertThat(text(engine, "city" + i)).isNull();
        }
        assertStored(engine, next - 10, 100);
        fixture.scheduler.runAll();
        assertThat(writeAll(engine, cities(next - 10, next, 100)).failure).isNull();
        assertStored(engine, next, 100);
        engine.close();
    }

    /** Recovery sets a memtable aside, and its flush counts the log up to there as not needed any more. */
    @Test
    void aFlushInTheMiddleOfARecoveredBatchForgetsNothingOfIt() throws IOException {
        StorageEngine engine = fixture.open(fixture.config(Durability.PERIODIC, ROOMY_BYTES, SEGMENT_BYTES));
        writeAll(engine, cities(0, 300, 100));
        StorageFixture crashed = fixture.crashed(temporary.resolve("crashed"));
        StorageConfig small = crashed.config(Durability.PERIODIC, 10_000, SEGMENT_BYTES);
        StorageEngine recovered = crashed.open(small);
        assertThat(recovered.info().disk().sstableCount()).isPositive();
        StorageFixture crashedAgain = crashed.crashed(temporary.resolve("crashed-again"));
        StorageEngine recoveredAgain =
                crashedAgain.open(crashedAgain.config(Durability.PERIODIC, 10_000, SEGMENT_BYTES));
        assertStored(recoveredAgain, 300, 100);
        recoveredAgain.close();
        recovered.close();
        engine.close();
    }

    @Test
    void aBatchLargerThanASegmentGetsOneOfItsOwn() throws IOException {
        StorageEngine engine = fixture.open(fixture.config(Durability.PERIODIC, ROOMY_BYTES, SEGMENT_BYTES));
        assertThat(writeAll(engine, cities(0, 1_000, 400)).written).isTrue();
        StorageEngine recovered = fixture.crashed(temporary.resolve("crashed")).open();
        assertStored(recovered, 1_000, 400);
        recovered.close();
        engine.close();
    }

    @Test
    void aBatchHasItsBounds() {
        StorageEngine engine = fixture.open();
        Result result = new Result();
        assertThatThrownBy(() -> engine.writeAll(List.of(), result))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 to " + StorageEngine.BATCH_RECORDS_MAX + " records, not 0");
        assertThatThrownBy(() -> engine.writeAll(cities(0, StorageEngine.BATCH_RECORDS_MAX + 1, 1), result))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("records, not " + (StorageEngine.BATCH_RECORDS_MAX + 1));
        MapDescriptor other = MapDescriptor.of("rivers", "string/1", "string/1");
        engine.createMap(other);
        assertThatThrownBy(() -> engine.writeAll(
                        List.of(mutation("oslo", "1", 10), new Mutation(other.id(), key("oslo"), cell("1", 10))),
                        result))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("of one map");
        assertThat(result.calls).hasValue(0);
        assertThat(text(engine, "oslo")).isNull();
        engine.close();
    }
}
