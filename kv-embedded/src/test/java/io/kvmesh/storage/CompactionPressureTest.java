package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.cell;
import static io.kvmesh.storage.StorageFixture.write;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompactionPressureTest {
    @TempDir
    Path directory;

    @Test
    void writersAreSlowedDownTheMoreTheFurtherMergingIsBehind() {
        CompactionPressure pressure = new CompactionPressure();
        pressure.overlappingTables(CompactionPressure.SLOWED_TABLES);
        assertThat(pressure.delayNanos(1 << 20)).isZero();
        long before = 0;
        for (int beyond = 1; beyond < 16; beyond += 2) {
            pressure.overlappingTables(CompactionPressure.SLOWED_TABLES + beyond);
            long delayNanos = pressure.delayNanos(1 << 20);
            assertThat(delayNanos).isGreaterThan(before);
            before = delayNanos;
        }
        pressure.overlappingTables(1_000);
        assertThat(pressure.delayNanos(1 << 20)).as("a bound").isEqualTo(2 * before);
    }

    @Test
    void tablesThatNobodyMergesSlowWritersDownUntilTheyAreMerged() {
        StorageFixture fixture = new StorageFixture(directory.resolve("store"));
        StorageEngine engine = fixture.open();
        for (int i = 0; i < CompactionPressure.SLOWED_TABLES + 16; i++) {
            write(engine, "city", cell("v" + i, 10 + i));
            engine.flush();
        }
        assertThat(engine.info().writes().stalledCount()).isZero();
        // More than the grace that a pause must exceed.
        for (int i = 0; i < 100; i++) {
            write(engine, "large" + i, cell("x".repeat(100_000), 10));
        }
        long stalled = engine.info().writes().stalledCount();
        assertThat(stalled).isPositive();
        fixture.scheduler.runAll();
        write(engine, "rome", cell("v", 10));
        assertThat(engine.info().writes().stalledCount()).isEqualTo(stalled);
        engine.close();
    }
}
