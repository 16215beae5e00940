package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.cell;
import static io.kvmesh.storage.StorageFixture.text;
import static io.kvmesh.storage.StorageFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.Durability;
import io.kvmesh.api.KvException;
import io.kvmesh.api.StoreClosedException;
import io.kvmesh.api.StoreException;
import io.kvmesh.api.StoreReadOnlyException;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.storage.StorageFixture.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageFaultTest {
    private static final int CITIES = 40;

    @TempDir
    Path temporary;

    /** Small enough that the log rolls to its second segment and several blocks are written. */
    private static StorageConfig small(StorageFixture fixture) {
        return fixture.config(Durability.PERIODIC, 1024 * 1024, 3072);
    }

    private static void writeCities(StorageEngine engine) {
        for (int i = 0; i < CITIES; i++) {
            assertThat(write(engine, "city" + i, cell("x".repeat(60) + i, 10)).written)
                    .isTrue();
        }
    }

    private static void assertCities(StorageEngine engine) {
        for (int i = 0; i < CITIES; i++) {
            assertThat(text(engine, "city" + i)).isEqualTo("x".repeat(60) + i);
        }
    }

    @Test
    void aSyncOnDemandReachesTheDiskAndTellsWhenItFails() {
        StorageFixture fixture = new StorageFixture(temporary.resolve("sync"));
        StorageEngine engine = fixture.open(small(fixture));
        writeCities(engine);
        int before = fixture.files.calls().size();
        engine.sync();
        assertThat(fixture.files.calls().subList(before, fixture.files.calls().size()))
                .anySatisfy(call -> assertThat(call).contains("sync"));
        write(engine, "late", cell("1", 99));
        fixture.files.failAfter(0);
        assertThatThrownBy(engine::sync).isInstanceOf(StoreReadOnlyException.class);
        fixture.files.heal();
        assertThatThrownBy(engine::sync)
                .as("what the failed sync lost is not there")
                .isInstanceOf(StoreReadOnlyException.class);
        engine.close();
        assertThatThrownBy(engine::sync).isInstanceOf(StoreClosedException.class);
    }

    @Test
    void aDiskFullAtAnyCallOfAFlushLosesNothing() {
        int failures = 0;
        for (int call = 0; flushFails(call); call++) {
            failures++;
        }
        // Create, append and sync the table, rename it, sync its directory, write and sync the edit, drop the log.
        assertThat(failures).isGreaterThanOrEqualTo(9);
    }

    /** Fails a flush at one of its calls; false if it has no more calls. */
    private boolean flushFails(int call) {
        StorageFixture fixture = new StorageFixture(temporary.resolve("flush" + call));
        StorageEngine engine = fixture.open(small(fixture));
        writeCities(engine);
        fixture.files.failAfter(call);
        boolean failed = false;
        try {
            engine.flush();
        } catch (StoreReadOnlyException e) {
            failed = true;
            assertThat(e).hasMessageContaining("No space left on device").hasMessageContaining("reads go on");
            assertThat(engine.readOnlyReason())
                    .hasValueSatisfying(reason -> assertThat(reason).contains("No space left on device"));
            Result refused = write(engine, "late", cell("1", 99));
            assertThat(refused.failure).isInstanceOf(StoreReadOnlyException.class);
            assertThatThrownBy(() -> engine.createMap(MapDescriptor.of("a", "b", "c")))
                    .isInstanceOf(StoreReadOnlyException.class);
        }
        assertCities(engine);
        engine.close();
        fixture.files.heal();
        StorageEngine reopened = fixture.open(small(fixture));
        assertThat(reopened.readOnlyReason()).isEmpty();
        assertCities(reopened);
        assertThat(text(reopened, "late")).isNull();
        reopened.flush();
        assertCities(reopened);
        reopened.close();
        return failed;
    }

    @Test
    void aDiskFullInTheBackgroundFlushTurnsTheStoreReadOnly() {
        StorageFixture fixture = new StorageFixture(temporary.resolve("store"));
        StorageEngine engine = fixture.open(fixture.config(Durability.PERIODIC, 4_000, 64 * 1024));
        fixture.scheduler.runOffered();
        writeCities(engine);
        fixture.files.failAfter(2);
        fixture.scheduler.runOffered();
        assertThat(engine.readOnlyReason()).isPresent();
        assertCities(engine);
        engine.close();
        fixture.files.heal();
        StorageEngine reopened = fixture.open();
        assertCities(reopened);
        reopened.close();
    }

    @Test
    void aDiskFullAtAnyCallOfAnOpeningLosesNothing() throws IOException {
        StorageFixture origin = new StorageFixture(temporary.resolve("origin"));
        StorageEngine engine = origin.open(origin.config(Durability.PERIODIC, 4_000, 4096));
        for (int i = 0; i < CITIES; i++) {
            assertThat(write(engine, "city" + i, cell("x".repeat(60) + i, 10)).written)
                    .isTrue();
            if (i < CITIES / 2) {
                origin.scheduler.runOffered();
            }
        }
        boolean failing = true;
        for (int call = 0; failing; call++) {
            StorageFixture fixture = origin.crashed(temporary.resolve("open" + call));
            fixture.files.failAfter(call);
            failing = openingFails(fixture);
            fixture.files.heal();
            StorageEngine reopened = fixture.open(small(fixture));
            assertCities(reopened);
            reopened.close();
        }
        engine.close();
    }

    private static boolean openingFails(StorageFixture fixture) {
        try {
            StorageEngine opened = fixture.open(fixture.config(Durability.PERIODIC, 1_000, 4096));
            fixture.scheduler.runAll();
            boolean failed = opened.readOnlyReason().isPresent();
            assertCities(opened);
            opened.close();
            return failed;
        } catch (StoreException | StoreReadOnlyException e) {
            assertThat(e).hasMessageContaining("No space left on device");
            return true;
        }
    }

    @Test
    void aLogWithoutRoomForItsNextSegmentRefusesFurtherWrites() {
        StorageFixture fixture = new StorageFixture(temporary.resolve("store"));
        StorageEngine engine = fixture.open(small(fixture));
        fixture.files.failAfter(0);
        int acknowledged = 0;
        KvException failure = null;
        while (failure == null) {
            Result result = write(engine, "city" + acknowledged, cell("x".repeat(60), 10));
            failure = result.failure;
            acknowledged += result.written ? 1 : 0;
        }
        assertThat(failure).isInstanceOf(StoreReadOnlyException.class).hasMessageContaining("commit log");
        assertThat(acknowledged).isGreaterThan(10);
        fixture.files.heal();
        engine.close();
        StorageEngine reopened = fixture.open();
        for (int i = 0; i < acknowledged; i++) {
            assertThat(text(reopened, "city" + i)).isNotNull();
        }
        reopened.close();
    }

    @Test
    void aDamagedTableIsNeverServed() throws IOException {
        StorageFixture fixture = new StorageFixture(temporary.resolve("store"));
        StorageEngine engine = fixture.open();
        writeCities(engine);
        engine.flush();
        engine.close();
        Path table;
        try (Stream<Path> tables = Files.list(fixture.directory.resolve("tables"))) {
            table = tables.findFirst().orElseThrow();
        }
        byte[] whole = Files.readAllBytes(table);
        for (int at = 0; at < whole.length; at += 97) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 0x20;
            Files.write(table, damaged);
            assertDamageIsReported(fixture, table);
        }
    }

    private static void assertDamageIsReported(StorageFixture fixture, Path table) {
        int reported = 0;
        try (StorageEngine opened = fixture.open()) {
            for (int i = 0; i < CITIES; i++) {
                try {
                    assertThat(text(opened, "city" + i)).isEqualTo("x".repeat(60) + i);
                } catch (CorruptDataException e) {
                    assertThat(e).hasMessageContaining(table.toString()).hasMessageContaining("offset");
                    reported++;
                }
            }
        } catch (CorruptDataException e) {
            assertThat(e).hasMessageContaining(table.toString());
            reported++;
        }
        assertThat(reported).isPositive();
    }

    @Test
    void aDamagedManifestIsRefusedUnlessOnlyItsLastEditIsTorn() throws IOException {
        StorageFixture fixture = new StorageFixture(temporary.resolve("store"));
        StorageEngine engine = fixture.open();
        writeCities(engine);
        engine.createMap(MapDescriptor.of("other", "string/1", "string/1"));
        engine.createMap(MapDescriptor.of("last", "string/1", "string/1"));
        Path crashed = temporary.resolve("crashed");
        StorageFixture.copy(fixture.directory, crashed);
        engine.close();
        Path manifest = crashed.resolve("manifest-0000000001");
        byte[] whole = Files.readAllBytes(manifest);
        byte[] name = "last".getBytes(StandardCharsets.UTF_8);
        int lastEdit =
                new String(whole, StandardCharsets.ISO_8859_1).indexOf(new String(name, StandardCharsets.ISO_8859_1))
                        - 21;
        for (int at = 0; at < lastEdit; at++) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 0x04;
            Files.write(manifest, damaged);
            StorageFixture broken = new StorageFixture(crashed);
            assertThatThrownBy(broken::open)
                    .as("byte %d", at)
                    .isInstanceOf(CorruptDataException.class)
                    .hasMessageContaining(manifest.toString());
        }
        Files.write(manifest, List.of());
        Files.write(manifest, Arrays.copyOf(whole, whole.length - 3));
        StorageEngine reopened = new StorageFixture(crashed).open();
        assertCities(reopened);
        assertThat(reopened.maps()).hasSize(2);
        reopened.close();
    }
}
