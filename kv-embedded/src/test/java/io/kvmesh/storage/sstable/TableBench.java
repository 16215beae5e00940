package io.kvmesh.storage.sstable;

import io.kvmesh.api.Compression;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.runtime.FileSystem.AppendFile;
import io.kvmesh.runtime.RandomSource;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Measures one table alone: its size, and the CPU it takes to write, look up and walk it. Arguments are a directory,
 * the value size, and the records. Half of each value repeats, so that compression has something to do.
 */
final class TableBench {
    private static final int ROUNDS = 3;
    /** CPU of this thread, which other programs on the machine disturb less than the time that passes. */
    private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();

    private final Path directory;
    private final int valueBytes;
    private final int records;

    private TableBench(Path directory, int valueBytes, int records) {
        this.directory = directory;
        this.valueBytes = valueBytes;
        this.records = records;
    }

    public static void main(String[] arguments) throws IOException {
        TableBench bench =
                new TableBench(Path.of(arguments[0]), Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
        for (int round = 0; round < ROUNDS; round++) {
            for (Compression compression : Compression.values()) {
                bench.run(TableOptions.ofBlockBytes(4096).withCompression(compression));
            }
        }
    }

    /** Partition and number, in ascending order. */
    private Key key(int number) {
        int perPartition = Math.max(1, records / 1024);
        return Key.of(
                number / perPartition,
                ByteBuffer.allocate(14).putLong(6, number).array());
    }

    private void run(TableOptions options) throws IOException {
        Path path = Files.createTempFile(directory, "bench", ".sst");
        Files.delete(path);
        DiskFileSystem files = new DiskFileSystem();
        long start = CPU.getCurrentThreadCpuTime();
        write(files, path, options);
        report(options, "write", start, records);
        System.out.printf("%s: %.2f bytes a record%n", options.compression(), (double) Files.size(path) / records);
        TableReader cached = TableReader.open(files, path, 1, new BlockCache(1L << 30));
        lookUp(cached, options, "first lookup");
        lookUp(cached, options, "cached lookup");
        lookUp(cached, options, "cached lookup");
        lookUpVersions(cached, options);
        walk(cached, options);
        cached.release();
        TableReader bare = TableReader.open(files, path, 1, new BlockCache(0));
        lookUp(bare, options, "lookup without cache");
        scan(bare, options);
        bare.release();
        Files.delete(path);
    }

    private void write(DiskFileSystem files, Path path, TableOptions options) throws IOException {
        RandomSource random = RandomSource.seeded(3);
        byte[] value = new byte[valueBytes];
        try (AppendFile file = files.create(path)) {
            TableWriter writer = new TableWriter(file, 1, new MapId(1), options);
            for (int i = 0; i < records; i++) {
                for (int at = 0; at + 8 <= valueBytes / 2; at += 8) {
                    ByteBuffer.wrap(value).putLong(at, random.nextLong());
                }
                Version version = new Version(1_700_000_000_000_000L + random.nextInt(5_000_000), new NodeId(77));
                writer.add(key(i), Cell.of(value, version));
            }
            writer.finish();
        }
    }

    private void lookUp(TableReader table, TableOptions options, String what) {
        RandomSource random = RandomSource.seeded(4);
        long found = 0;
        long start = CPU.getCurrentThreadCpuTime();
        for (int i = 0; i < records; i++) {
            Key key = key(random.nextInt(records));
            Cell cell = table.mightContain(TableReader.hash(key)) ? table.find(key) : null;
            found += cell == null ? 0 : 1;
        }
        report(options, what + " (" + found + " found)", start, records);
    }

    private void lookUpVersions(TableReader table, TableOptions options) {
        RandomSource random = RandomSource.seeded(4);
        long found = 0;
        long start = CPU.getCurrentThreadCpuTime();
        for (int i = 0; i < records; i++) {
            found += table.findVersion(key(random.nextInt(records))) == null ? 0 : 1;
        }
        report(options, "cached version (" + found + " found)", start, records);
    }

    private void walk(TableReader table, TableOptions options) {
        long bytes = 0;
        long start = CPU.getCurrentThreadCpuTime();
        TableScan cursor = TableScan.cached(table, key(0), null);
        while (cursor.next()) {
            bytes += cursor.record().keyLength() + cursor.record().valueLength();
        }
        report(options, "cached walk of " + bytes + " bytes", start, records);
    }

    private void scan(TableReader table, TableOptions options) {
        long bytes = 0;
        long start = CPU.getCurrentThreadCpuTime();
        TableScan scan = new TableScan(table);
        while (scan.next()) {
            bytes += scan.record().keyLength() + scan.record().valueLength();
        }
        report(options, "scan of " + bytes + " bytes", start, records);
    }

    private static void report(TableOptions options, String what, long startNanos, int operations) {
        System.out.printf(
                "%s: %s %d ns%n",
                options.compression(), what, (CPU.getCurrentThreadCpuTime() - startNanos) / operations);
    }
}
