package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.CITIES;
import static io.kvmesh.storage.StorageFixture.cell;
import static io.kvmesh.storage.StorageFixture.key;
import static io.kvmesh.storage.StorageFixture.text;
import static io.kvmesh.storage.StorageFixture.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.Compression;
import io.kvmesh.api.Durability;
import io.kvmesh.api.MapSpec;
import io.kvmesh.api.StoreReadOnlyException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.MapId;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.storage.sstable.TableFacts;
import io.kvmesh.storage.sstable.TableOptions;
import io.kvmesh.storage.sstable.TableReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the tables of a map are written is chosen for each map, durably. */
class TableOptionsTest {
    private static final int KEYS = 500;

    @TempDir
    Path temporary;

    private StorageFixture fixture = new StorageFixture(Path.of("unset"));

    @BeforeEach
    void place() {
        fixture = new StorageFixture(temporary.resolve("store"));
    }

    private static void choose(StorageEngine engine, Compression compression, int bloomBitsPerKey) {
        engine.chooseTables(CITIES.id(), Optional.of(compression), OptionalInt.of(bloomBitsPerKey));
    }

    private static void fill(StorageEngine engine, int round) {
        for (int i = 0; i < KEYS; i++) {
            write(engine, "city" + i, cell("a value that shrinks ".repeat(3) + i, 1_000L * round + 1 + i));
        }
        engine.flush();
    }

    private static void expect(StorageEngine engine) {
        for (int i = 0; i < KEYS; i++) {
            assertThat(text(engine, "city" + i)).isEqualTo("a value that shrinks ".repeat(3) + i);
        }
    }

    /** What is known of each table: the share of its blocks' bytes that is stored, and the bits of its filter for a key. */
    private record Facts(double stored, long bloomBitsPerKey) {}

    private List<Facts> tables() throws IOException {
        List<Path> paths;
        try (Stream<Path> listed = Files.list(fixture.directory.resolve("tables"))) {
            paths = listed.sorted().toList();
        }
        List<Facts> all = new ArrayList<>();
        for (Path path : paths) {
            TableReader table = TableFacts.open(new DiskFileSystem(), path);
            long[] bytes = new long[2];
            TableFacts.blocks(table, block -> {
                bytes[0] += block.storedBytes();
                bytes[1] += block.rawBytes();
            });
            long bits = 8 * TableFacts.bloomBytes(table) / table.properties().records();
            all.add(new Facts((double) bytes[0] / bytes[1], bits));
            table.release();
        }
        return all;
    }

    @ParameterizedTest
    @EnumSource
    void flushesAndMergesUseWhatWasChosenAlsoAfterReopening(Compression compression) throws IOException {
        StorageEngine engine = fixture.open();
        choose(engine, compression, 20);
        fill(engine, 0);
        engine.close();
        StorageEngine reopened = fixture.open();
        for (int round = 1; round < 4; round++) {
            fill(reopened, round);
        }
        assertThat(tables()).hasSize(4).allSatisfy(facts -> expect(facts, compression, 20));
        fixture.scheduler.runAll();
        assertThat(reopened.info().compactions().finishedCount()).isPositive();
        assertThat(tables()).hasSize(1).allSatisfy(facts -> expect(facts, compression, 20));
        expect(reopened);
        reopened.close();
    }

    private static void expect(Facts facts, Compression compression, int bits) {
        // The trailer of a block takes five bytes.
        assertThat(facts.stored < 0.9).as("%s", facts).isEqualTo(compression != Compression.NONE);
        assertThat(facts.bloomBitsPerKey).isBetween((long) bits, bits + 2L);
    }

    @Test
    void zstdTakesLessThanLz4() throws IOException {
        StorageEngine engine = fixture.open(new StorageConfig(
                fixture.directory, 16, Durability.PERIODIC, 1_000_000L, 1 << 20, 1 << 20, 4096, 1 << 20));
        fill(engine, 0);
        choose(engine, Compression.ZSTD, 10);
        fill(engine, 1);
        List<Facts> tables = tables();
        assertThat(tables.get(1).stored).isLessThan(0.8 * tables.get(0).stored);
        expect(engine);
        engine.close();
    }

    @Test
    void whatIsEmptyStaysAndWhatIsTheSameIsNotWrittenAgain() throws IOException {
        StorageEngine engine = fixture.open();
        TableOptions unchosen = TableOptions.ofBlockBytes(512);
        assertThat(engine.tableOptions(CITIES.id())).isEqualTo(unchosen);
        engine.chooseTables(CITIES.id(), Optional.of(Compression.NONE), OptionalInt.empty());
        engine.chooseTables(CITIES.id(), Optional.empty(), OptionalInt.of(7));
        TableOptions chosen = unchosen.withCompression(Compression.NONE).withBloomBitsPerKey(7);
        assertThat(engine.tableOptions(CITIES.id())).isEqualTo(chosen);
        List<String> calls = fixture.files.calls();
        choose(engine, Compression.NONE, 7);
        engine.chooseTables(CITIES.id(), Optional.empty(), OptionalInt.empty());
        assertThat(fixture.files.calls()).isEqualTo(calls);
        engine.close();
        StorageEngine reopened = fixture.open();
        assertThat(reopened.tableOptions(CITIES.id())).isEqualTo(chosen);
        reopened.close();
        // Once more: the first edit of the manifest that this opening wrote states it as well.
        StorageEngine again = fixture.open();
        assertThat(again.tableOptions(CITIES.id())).isEqualTo(chosen);
        again.close();
    }

    @Test
    void aChoiceThatCannotBeRecordedDoesNotCount() {
        StorageEngine engine = fixture.open();
        TableOptions before = engine.tableOptions(CITIES.id());
        fixture.files.failAfter(0);
        assertThatThrownBy(() -> choose(engine, Compression.NONE, 7))
                .isInstanceOf(StoreReadOnlyException.class)
                .hasMessageContaining("table options of the map 'cities'");
        assertThat(engine.tableOptions(CITIES.id())).isEqualTo(before);
        fixture.files.heal();
        assertThatThrownBy(() -> choose(engine, Compression.NONE, 7)).isInstanceOf(StoreReadOnlyException.class);
        engine.close();
        StorageEngine reopened = fixture.open();
        assertThat(reopened.tableOptions(CITIES.id())).isEqualTo(before);
        reopened.close();
    }

    @Test
    void tablesOfAllCompressionsAreReadTogether() throws IOException {
        StorageEngine engine = fixture.open();
        int round = 0;
        for (Compression compression : Compression.values()) {
            choose(engine, compression, 10);
            for (int i = round; i < KEYS; i += Compression.values().length) {
                write(engine, "city" + i, cell("a value that shrinks ".repeat(3) + i, 1 + i));
            }
            engine.flush();
            round++;
        }
        assertThat(tables()).hasSize(3);
        expect(engine);
        assertThat(engine.read(CITIES.id(), key("none"))).isNull();
        engine.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 33})
    void bitsOutOfRangeAreRefused(int bits) {
        MapSpec<String, String> spec = MapSpec.of("cities", String.class, String.class);
        assertThatThrownBy(() -> spec.withBloomBitsPerKey(bits))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bloomBitsPerKey " + bits + " must be between 1 and 32");
        StorageEngine engine = fixture.open();
        assertThatThrownBy(() -> engine.chooseTables(CITIES.id(), Optional.empty(), OptionalInt.of(bits)))
                .isInstanceOf(IllegalArgumentException.class);
        engine.close();
    }

    @Test
    void aSpecificationKeepsWhatWasChosenBefore() {
        MapSpec<String, String> plain = MapSpec.of("cities", String.class, String.class);
        MapSpec<String, String> chosen = plain.withCompression(Compression.ZSTD)
                .withBloomBitsPerKey(12)
                .withCompaction(io.kvmesh.api.Compaction.leveled());
        assertThat(chosen.compression()).contains(Compression.ZSTD);
        assertThat(chosen.bloomBitsPerKey()).hasValue(12);
        assertThat(chosen.compaction()).contains(io.kvmesh.api.Compaction.leveled());
        assertThat(chosen.isSameMap(plain)).isTrue();
        assertThat(plain.withBloomBitsPerKey(1)
                        .withCompression(Compression.NONE)
                        .bloomBitsPerKey())
                .hasValue(1);
    }

    @Test
    void theManifestRefusesWhatItDoesNotKnow() {
        for (int[] wrong : new int[][] {{3, 10}, {1, 0}, {1, 33}}) {
            ByteWriter item =
                    new ByteWriter(16).putByte(ManifestItem.TABLES_CHOSEN).putLong(1);
            item.putByte(wrong[0]).putByte(wrong[1]);
            assertThatThrownBy(() -> ManifestItem.decode(new ByteReader(item.toBytes())))
                    .isInstanceOf(MalformedBytesException.class);
        }
        for (Compression compression : Compression.values()) {
            ManifestItem item = new ManifestItem.TablesChosen(new MapId(5), compression, 32);
            ByteWriter bytes = new ByteWriter(16);
            item.encode(bytes);
            assertThat(ManifestItem.decode(new ByteReader(bytes.toBytes()))).isEqualTo(item);
        }
    }
}
