package io.kvmesh.storage;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.runtime.FileSystem.AppendFile;
import io.kvmesh.storage.sstable.BlockCache;
import io.kvmesh.storage.sstable.TableReader;
import io.kvmesh.storage.sstable.TableWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** SSTables for every content that two keys can have, each absent or with one of a few stamps. Immutable. */
final class PreparedTables {
    private static final int BLOCK_BYTES = 512;

    /** By the stamps of both keys, 0 for an absent one. */
    private final @Nullable TableReader[][] tables;

    private PreparedTables(@Nullable TableReader[][] tables) {
        this.tables = tables;
    }

    /** Writes the tables and keeps them open; their files are removed at once. */
    static PreparedTables upTo(int stampMax) {
        @Nullable TableReader[][] tables = new TableReader[stampMax + 1][stampMax + 1];
        try {
            Path directory = Files.createTempDirectory("kvmesh-tables-");
            for (int first = 0; first <= stampMax; first++) {
                for (int second = 0; second <= stampMax; second++) {
                    if (first + second > 0) {
                        tables[first][second] = write(directory.resolve(first + "-" + second), first, second);
                    }
                }
            }
            Files.delete(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new PreparedTables(tables);
    }

    TableReader of(int first, int second) {
        return Objects.requireNonNull(tables[first][second], "an empty memtable gives no table");
    }

    static Key key(int number) {
        return Key.of(number, new byte[] {(byte) number});
    }

    static Cell cell(int stamp) {
        return Cell.of(new byte[] {(byte) stamp}, new Version(stamp, StorageFixture.NODE));
    }

    /** The stamp of a cell, 0 if there is none. */
    static int stampOf(@Nullable Cell cell) {
        return cell == null ? 0 : (int) cell.version().timestampMicros();
    }

    private static TableReader write(Path path, int first, int second) throws IOException {
        DiskFileSystem files = new DiskFileSystem();
        long tableId = first * 100L + second;
        try (AppendFile file = files.create(path)) {
            TableWriter writer = new TableWriter(file, tableId, StorageFixture.CITIES.id(), BLOCK_BYTES);
            if (first > 0) {
                writer.add(key(0), cell(first));
            }
            if (second > 0) {
                writer.add(key(1), cell(second));
            }
            writer.finish();
        }
        // Without a cache: its threads and locks are not what is checked here.
        TableReader reader = TableReader.open(files, path, tableId, new BlockCache(0));
        Files.delete(path);
        return reader;
    }
}
