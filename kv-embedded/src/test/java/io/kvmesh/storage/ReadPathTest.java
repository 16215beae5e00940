package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.CITIES;
import static io.kvmesh.storage.StorageFixture.cell;
import static io.kvmesh.storage.StorageFixture.key;
import static io.kvmesh.storage.StorageFixture.tombstone;
import static io.kvmesh.storage.StorageFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.StoreClosedException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.model.Version;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Reads of many keys, of versions alone, and from the end. */
class ReadPathTest {
    @TempDir
    Path directory;

    /** Cells in two tables and in the memtable; the newest one of some keys lies in the older place. */
    private StorageEngine engine() {
        StorageEngine engine = new StorageFixture(directory.resolve("store")).open();
        write(engine, "bern", cell("table", 10));
        write(engine, "oslo", cell("newest, though in the first table", 100));
        engine.flush();
        write(engine, "oslo", cell("older", 20));
        write(engine, "rome", cell("deleted", 30));
        write(engine, "wien", cell("table", 40));
        engine.flush();
        write(engine, "rome", tombstone(50));
        write(engine, "bonn", cell("memory", 60));
        return engine;
    }

    @Test
    void manyKeysAreAnsweredInTheirOrder() {
        StorageEngine engine = engine();
        List<Key> keys = List.of(key("wien"), key("rome"), key("none"), key("oslo"), key("wien"), key("bonn"));
        @Nullable Cell[] found = engine.readAll(CITIES.id(), keys);
        assertThat(found)
                .containsExactly(
                        cell("table", 40),
                        tombstone(50),
                        null,
                        cell("newest, though in the first table", 100),
                        cell("table", 40),
                        cell("memory", 60));
        assertThat(engine.readAll(CITIES.id(), List.of())).isEmpty();
        engine.close();
    }

    @Test
    void tooManyKeysAndUnknownMapsAndAClosedStoreAreRefused() {
        StorageEngine engine = engine();
        List<Key> many = Collections.nCopies(StorageEngine.READ_KEYS_MAX + 1, key("oslo"));
        assertThatThrownBy(() -> engine.readAll(CITIES.id(), many))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("10001 keys")
                .hasMessageContaining("10000");
        assertThat(engine.readAll(CITIES.id(), many.subList(0, StorageEngine.READ_KEYS_MAX)))
                .hasSize(StorageEngine.READ_KEYS_MAX)
                .containsOnly(cell("newest, though in the first table", 100));
        MapId unknown = new MapId(99);
        assertThatThrownBy(() -> engine.readAll(unknown, List.of())).hasMessageContaining("create it first");
        assertThatThrownBy(() -> engine.readVersion(unknown, key("oslo"))).hasMessageContaining("create it first");
        assertThatThrownBy(() -> engine.scanReverse(CITIES.id(), Key.of(2, new byte[0]), Key.of(1, new byte[0])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot end before it");
        engine.close();
        assertThatThrownBy(() -> engine.readAll(CITIES.id(), List.of(key("oslo"))))
                .isInstanceOf(StoreClosedException.class);
        assertThatThrownBy(() -> engine.readVersion(CITIES.id(), key("oslo"))).isInstanceOf(StoreClosedException.class);
    }

    @Test
    void theVersionIsThatOfTheNewestCell() {
        StorageEngine engine = engine();
        assertThat(engine.readVersion(CITIES.id(), key("oslo"))).isEqualTo(new Version(100, StorageFixture.NODE));
        assertThat(engine.readVersion(CITIES.id(), key("rome"))).isEqualTo(new Version(50, StorageFixture.NODE));
        assertThat(engine.readVersion(CITIES.id(), key("wien"))).isEqualTo(new Version(40, StorageFixture.NODE));
        assertThat(engine.readVersion(CITIES.id(), key("none"))).isNull();
        engine.close();
    }

    @Test
    void theVersionIsAnsweredWithoutTheDiskOnceItsBlockIsCached() {
        StorageEngine engine = engine();
        Version resident = engine.readVersionResident(CITIES.id(), key("wien"));
        assertThat(StorageEngine.needsDisk(resident)).isTrue();
        assertThat(StorageEngine.needsDisk(engine.readVersionResident(CITIES.id(), key("bonn"))))
                .isFalse();
        Version read = engine.readVersion(CITIES.id(), key("wien"));
        assertThat(StorageEngine.needsDisk(read)).isFalse();
        assertThat(engine.readVersionResident(CITIES.id(), key("wien"))).isEqualTo(read);
        engine.close();
    }

    @Test
    void aReverseScanKeepsItsTablesAndEndsWithItsClosing() {
        StorageEngine engine = engine();
        CellCursor cursor = engine.scanReverse(CITIES.id(), Key.of(0, new byte[0]), null);
        List<Key> keys = new ArrayList<>();
        engine.flush();
        while (cursor.next()) {
            keys.add(cursor.key());
        }
        assertThat(keys).hasSize(5).isSortedAccordingTo(Collections.reverseOrder());
        assertThatThrownBy(cursor::key).hasMessageContaining("stands on no key");
        cursor.close();
        cursor.close();
        assertThatThrownBy(cursor::next).isInstanceOf(IllegalStateException.class);
        engine.close();
    }
}
