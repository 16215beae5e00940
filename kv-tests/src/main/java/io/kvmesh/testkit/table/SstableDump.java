package io.kvmesh.testkit.table;

import io.kvmesh.api.KvException;
import io.kvmesh.model.Cell;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.storage.record.RecordView;
import io.kvmesh.storage.sstable.TableFacts;
import io.kvmesh.storage.sstable.TableFacts.BlockFacts;
import io.kvmesh.storage.sstable.TableProperties;
import io.kvmesh.storage.sstable.TableReader;
import io.kvmesh.storage.sstable.TableReport;
import io.kvmesh.storage.sstable.TableScan;
import io.kvmesh.storage.sstable.TableVerifier;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Prints what is in one SSTable, or what is wrong with it. Stateless. */
public final class SstableDump {
    static final int EXIT_DAMAGED = 1;
    static final int EXIT_USAGE = 2;
    /** How much of a value is shown. */
    static final int VALUE_BYTES_SHOWN = 64;

    private static final String USAGE = """
            usage: sstable-dump FILE [--blocks] [--keys] [--cells] [--verify]
              FILE      a file of a store's directory tables/; the store may be open
              --blocks  a line for each data block: offset, stored and decompressed bytes, records, least key
              --keys    a line for each key: its partition and bytes as text, and in hexadecimal where they are none
              --cells   as --keys, with version, expiry and the beginning of the value
              --verify  check every checksum and that everything is as the format demands
            Without options it prints the properties. It exits with 1 if the file is damaged or cannot be read.
            """;
    private static final List<String> OPTIONS = List.of("--blocks", "--keys", "--cells", "--verify");

    private SstableDump() {}

    public static void main(String[] arguments) {
        System.exit(run(List.of(arguments), System.out, System.err));
    }

    /** Does what the arguments ask for. Returns the exit status: 0 if all is well. */
    static int run(List<String> arguments, PrintStream out, PrintStream err) {
        if (arguments.contains("--help")) {
            out.print(USAGE);
            return 0;
        }
        List<String> paths = new ArrayList<>(arguments);
        paths.removeAll(OPTIONS);
        if (paths.size() != 1 || paths.get(0).startsWith("-")) {
            err.println("sstable-dump: expected one file and options, got " + arguments);
            err.print(USAGE);
            return EXIT_USAGE;
        }
        Path file = Path.of(paths.get(0));
        if (!Files.isRegularFile(file)) {
            err.println("sstable-dump: there is no file " + file);
            return EXIT_USAGE;
        }
        try {
            return arguments.contains("--verify") ? verify(file, out) : print(file, arguments, out);
        } catch (KvException | IOException e) {
            err.println("sstable-dump: " + e.getMessage());
            return EXIT_DAMAGED;
        }
    }

    private static int verify(Path file, PrintStream out) throws IOException {
        TableReport report = TableVerifier.verify(new DiskFileSystem(), file);
        report.damages().forEach(out::println);
        out.println(report.isIntact() ? "intact" : report.damages().size() + " damages");
        out.println(report.blocks() + " data blocks, " + report.records() + " records");
        return report.isIntact() ? 0 : EXIT_DAMAGED;
    }

    private static int print(Path file, List<String> arguments, PrintStream out) throws IOException {
        TableReader table = TableFacts.open(new DiskFileSystem(), file);
        try {
            properties(table, out);
            if (arguments.contains("--blocks")) {
                TableFacts.blocks(table, block -> block(block, out));
            }
            if (arguments.contains("--keys") || arguments.contains("--cells")) {
                records(table, arguments.contains("--cells"), out);
            }
            return 0;
        } finally {
            table.release();
        }
    }

    private static void properties(TableReader table, PrintStream out) {
        TableProperties properties = table.properties();
        line(out, "table", table.tableId());
        line(out, "file bytes", table.sizeBytes());
        line(out, "map", properties.map().value());
        line(out, "first key", properties.first());
        line(out, "last key", properties.last());
        line(out, "records", properties.records());
        line(out, "tombstones", properties.tombstones());
        line(out, "key bytes", properties.keyBytes());
        line(out, "value bytes", properties.valueBytes());
        line(out, "timestamps", properties.timestampMicrosMin() + " to " + properties.timestampMicrosMax());
        boolean someExpire = properties.expiryMicrosMin() != Long.MAX_VALUE;
        boolean allExpire = properties.expiryMicrosMax() != Long.MAX_VALUE;
        line(out, "earliest expiry", someExpire ? properties.expiryMicrosMin() : "nothing expires");
        line(out, "latest expiry", allExpire ? properties.expiryMicrosMax() : "not everything expires");
        if (properties.tombstones() > 0) {
            line(out, "deletions", properties.tombstoneMicrosMin() + " to " + properties.tombstoneMicrosMax());
        }
        line(out, "data blocks", TableFacts.blocks(table));
        line(out, "index partitions", TableFacts.partitions(table));
        line(out, "bloom filter", TableFacts.bloomBytes(table) + " bytes");
        line(out, "members", TableFacts.members(table));
    }

    private static void line(PrintStream out, String name, Object value) {
        out.printf("%-17s %s%n", name, value);
    }

    private static void block(BlockFacts block, PrintStream out) {
        out.println("block at " + block.offset() + ": " + block.storedBytes() + " bytes stored, " + block.rawBytes()
                + " decompressed, " + block.records() + " records from " + block.first());
    }

    private static void records(TableReader table, boolean cells, PrintStream out) {
        TableScan scan = new TableScan(table);
        while (scan.next()) {
            RecordView record = scan.record();
            String key =
                    record.toKey().partition() + ":" + text(record.key(), 2, record.keyLength() - 2, Integer.MAX_VALUE);
            out.println(cells ? key + " = " + cell(record.toCell()) : key);
        }
    }

    private static String cell(Cell cell) {
        if (cell.isTombstone()) {
            return "deleted at " + cell.version();
        }
        String expiry = cell.expiryMicros() == Cell.NEVER ? "" : ", expires at " + cell.expiryMicros();
        String value = text(cell.value(), 0, cell.value().length, VALUE_BYTES_SHOWN);
        return value + " (" + cell.value().length + " bytes) at " + cell.version() + expiry;
    }

    /** Printable ASCII as it is, between quotes; anything else in hexadecimal. */
    private static String text(byte[] bytes, int offset, int length, int shownMax) {
        int shown = Math.min(length, shownMax);
        boolean printable = true;
        for (int i = offset; i < offset + shown; i++) {
            printable &= bytes[i] >= ' ' && bytes[i] < 0x7F && bytes[i] != '"';
        }
        String more = shown < length ? "..." : "";
        if (printable) {
            return '"' + new String(bytes, offset, shown, StandardCharsets.US_ASCII) + '"' + more;
        }
        StringBuilder hexadecimal = new StringBuilder("0x");
        for (int i = offset; i < offset + shown; i++) {
            hexadecimal
                    .append(Character.forDigit(bytes[i] >> 4 & 0xF, 16))
                    .append(Character.forDigit(bytes[i] & 0xF, 16));
        }
        return hexadecimal + more;
    }
}
