package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.cell;
import static io.kvmesh.storage.StorageFixture.text;
import static io.kvmesh.storage.StorageFixture.write;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.Durability;
import io.kvmesh.api.StoreReadOnlyException;
import io.kvmesh.storage.StorageFixture.Result;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GroupCommitTest {
    @TempDir
    Path temporary;

    private StorageFixture fixture = new StorageFixture(Path.of("unset"));

    @BeforeEach
    void createFixture() {
        fixture = new StorageFixture(temporary.resolve("store"));
    }

    private StorageEngine open() {
        StorageEngine engine = fixture.open(fixture.config(Durability.SYNC, 1024 * 1024, 1024 * 1024));
        fixture.scheduler.runOffered();
        return engine;
    }

    private long logSyncs() {
        return fixture.files.calls().stream()
                .filter(call -> call.startsWith("sync ") && call.endsWith(".seg"))
                .count();
    }

    @Test
    void writesShareOneSyncAndAreAcknowledgedAfterIt() {
        StorageEngine engine = open();
        long before = logSyncs();
        Result first = write(engine, "oslo", cell("1", 10));
        Result second = write(engine, "rome", cell("2", 20));
        Result third = write(engine, "oslo", cell("0", 5));
        assertThat(first.calls.get() + second.calls.get() + third.calls.get()).isZero();
        assertThat(logSyncs()).isEqualTo(before);
        fixture.scheduler.runOffered();
        assertThat(logSyncs()).isEqualTo(before + 1);
        assertThat(first.written && second.written && third.written).isTrue();
        assertThat(third.newer).isNotNull();
        assertThat(fixture.scheduler.delayedTasks()).isZero();
        engine.close();
    }

    @Test
    void aFailedSyncFailsItsWritesAndEndsAllWrites() {
        StorageEngine engine = open();
        write(engine, "oslo", cell("1", 10));
        fixture.scheduler.runOffered();
        Result waiting = write(engine, "rome", cell("2", 20));
        fixture.files.failAfter(0);
        fixture.scheduler.runOffered();
        fixture.files.heal();
        assertThat(waiting.written).isFalse();
        assertThat(waiting.failure).isInstanceOf(StoreReadOnlyException.class);
        Result later = write(engine, "bern", cell("3", 30));
        assertThat(later.failure)
                .isInstanceOf(StoreReadOnlyException.class)
                .hasMessageContaining("syncing the commit log");
        assertThat(text(engine, "oslo")).isEqualTo("1");
        long syncs = logSyncs();
        engine.close();
        // A sync that failed may have lost bytes for good: another one could only hide that.
        assertThat(logSyncs()).isEqualTo(syncs);
    }

    @Test
    void closingSyncsAndAcknowledgesWhatWaits() {
        StorageEngine engine = open();
        Result waiting = write(engine, "rome", cell("2", 20));
        engine.close();
        assertThat(waiting.written).isTrue();
        assertThat(waiting.calls.get()).isEqualTo(1);
        StorageEngine reopened = open();
        assertThat(text(reopened, "rome")).isEqualTo("2");
        reopened.close();
    }

    @Test
    void tooManyWaitingWritesAreRefused() {
        StorageEngine engine = open();
        for (int i = 0; i < LogSyncer.WAITING_WRITES_MAX; i++) {
            write(engine, "oslo", cell("1", i));
        }
        Result refused = write(engine, "oslo", cell("2", 99));
        assertThat(refused.failure).isInstanceOf(io.kvmesh.api.OverloadedException.class);
        fixture.scheduler.runOffered();
        assertThat(write(engine, "oslo", cell("2", 99)).failure).isNull();
        engine.close();
    }
}
