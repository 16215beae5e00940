package io.kvmesh.storage.memtable;

import io.kvmesh.model.Cell;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.storage.record.RecordView;
import java.util.Arrays;

/**
 * Cells in an arena, never changed once they are there. One writer at a time; any number of readers of addresses that
 * the writer published.
 *
 * <p>A cell is: value length (4; -1 for a tombstone), flags (4), timestamp (8), origin (8), expiry (8, if flagged),
 * value.
 */
final class CellArena {
    private static final int TOMBSTONE_LENGTH = -1;
    private static final int FLAG_EXPIRY = 1;

    private static final int FLAGS_AT = 4;
    private static final int TIMESTAMP_AT = 8;
    private static final int ORIGIN_AT = 16;
    private static final int FIXED_BYTES = 24;
    private static final int EXPIRY_BYTES = 8;

    private final Arena arena;

    CellArena(Arena arena) {
        this.arena = arena;
    }

    /** Copies a cell in and returns its address. */
    int add(Cell cell) {
        int valueBytes = cell.isTombstone() ? 0 : cell.value().length;
        boolean expires = cell.expiryMicros() != Cell.NEVER;
        int headBytes = FIXED_BYTES + (expires ? EXPIRY_BYTES : 0);
        int address = arena.allocate(headBytes + valueBytes);
        byte[] chunk = arena.chunk(address);
        int at = Arena.offset(address);
        Words.setInt(chunk, at, cell.isTombstone() ? TOMBSTONE_LENGTH : valueBytes);
        Words.setInt(chunk, at + FLAGS_AT, expires ? FLAG_EXPIRY : 0);
        Words.setLong(chunk, at + TIMESTAMP_AT, cell.version().timestampMicros());
        Words.setLong(chunk, at + ORIGIN_AT, cell.version().origin().value());
        if (expires) {
            Words.setLong(chunk, at + FIXED_BYTES, cell.expiryMicros());
        }
        if (valueBytes > 0) {
            System.arraycopy(cell.value(), 0, chunk, at + headBytes, valueBytes);
        }
        return address;
    }

    /** The cell at an address, with a copy of its value. */
    Cell cell(int address) {
        byte[] chunk = arena.chunk(address);
        int at = Arena.offset(address);
        Version version = version(chunk, at);
        int length = Words.getInt(chunk, at);
        if (length == TOMBSTONE_LENGTH) {
            return Cell.tombstone(version);
        }
        boolean expires = (Words.getInt(chunk, at + FLAGS_AT) & FLAG_EXPIRY) != 0;
        int from = at + FIXED_BYTES + (expires ? EXPIRY_BYTES : 0);
        byte[] value = Arrays.copyOfRange(chunk, from, from + length);
        return expires
                ? Cell.expiring(value, version, Words.getLong(chunk, at + FIXED_BYTES))
                : Cell.of(value, version);
    }

    /** Shows the cell at an address; its value is not copied. */
    void show(int address, RecordView view) {
        byte[] chunk = arena.chunk(address);
        int at = Arena.offset(address);
        int length = Words.getInt(chunk, at);
        boolean tombstone = length == TOMBSTONE_LENGTH;
        boolean expires = (Words.getInt(chunk, at + FLAGS_AT) & FLAG_EXPIRY) != 0;
        view.showVersion(Words.getLong(chunk, at + TIMESTAMP_AT), Words.getLong(chunk, at + ORIGIN_AT));
        long expiryMicros = expires ? Words.getLong(chunk, at + FIXED_BYTES) : Cell.NEVER;
        int from = at + FIXED_BYTES + (expires ? EXPIRY_BYTES : 0);
        view.showValue(chunk, from, tombstone ? 0 : length, tombstone, expiryMicros);
    }

    /** The version of the cell at an address; its value is not touched. */
    Version version(int address) {
        return version(arena.chunk(address), Arena.offset(address));
    }

    private static Version version(byte[] chunk, int at) {
        return new Version(Words.getLong(chunk, at + TIMESTAMP_AT), new NodeId(Words.getLong(chunk, at + ORIGIN_AT)));
    }
}
