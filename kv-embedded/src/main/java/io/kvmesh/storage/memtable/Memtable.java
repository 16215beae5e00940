package io.kvmesh.storage.memtable;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.Version;
import org.jspecify.annotations.Nullable;

/**
 * The newest cells of one map since its last flush, sorted in memory. One writer at a time, which the caller sees to;
 * any number of readers meanwhile, without a lock.
 *
 * <p>Keys and cells lie in arenas, without an object per entry; what is put in and read out is copied. An overwritten
 * cell keeps its bytes until the memtable is dropped.
 */
public final class Memtable {
    private final Arena keyArena = new Arena();
    private final Arena cellArena = new Arena();
    private final SkipList keys = new SkipList(keyArena);
    private final CellArena cells = new CellArena(cellArena);

    private final long emptyBytes = keyArena.usedBytes();
    private volatile long bytes;
    private volatile long timestampMicrosMax;
    private volatile int count;
    private volatile long firstPosition = Long.MAX_VALUE;
    private volatile long sealedPosition = Long.MAX_VALUE;

    /**
     * Merges a cell in, and returns the one that the key had and that wins over it, if there is one.
     *
     * @param logPosition where the log has the cell
     */
    public @Nullable Cell put(Key key, Cell cell, long logPosition) {
        int entries = count;
        if (entries == 0) {
            firstPosition = logPosition;
        }
        long timestampMicros = cell.version().timestampMicros();
        if (timestampMicros > timestampMicrosMax) {
            // Before the cell can be seen, so that no reader skips this memtable wrongly.
            timestampMicrosMax = timestampMicros;
        }
        int node = keys.findForPut(key);
        if (node != 0) {
            Cell winner = winner(keys.number(node), cell);
            if (winner != null) {
                return winner;
            }
        }
        keys.put(key, node, cells.add(cell));
        bytes = keyArena.usedBytes() + cellArena.usedBytes() - emptyBytes;
        if (node == 0) {
            count = entries + 1;
        }
        return null;
    }

    /** The present cell, if it wins over another one. */
    @SuppressWarnings("ReferenceEquality")
    private @Nullable Cell winner(int address, Cell cell) {
        if (cell.version().isNewerThan(cells.version(address))) {
            return null;
        }
        Cell present = cells.cell(address);
        return Cell.newest(present, cell) == present ? present : null;
    }

    /** The cell of a key, with a copy of its value; null if there is none. */
    public @Nullable Cell get(Key key) {
        int node = keys.find(key);
        return node == 0 ? null : cells.cell(keys.number(node));
    }

    /** The version of a key's cell, or null if there is none. Does not touch the value. */
    public @Nullable Version version(Key key) {
        int node = keys.find(key);
        return node == 0 ? null : cells.version(keys.number(node));
    }

    /** A cursor that stands on no key yet. */
    public MemtableCursor cursor() {
        return new MemtableCursor(keys, cells);
    }

    /** Walks all records, or those from one key (inclusive) to another (exclusive), ascending. */
    public MemtableScan scan(@Nullable Key from, @Nullable Key to) {
        return new MemtableScan(keys, cells, from, to);
    }

    public boolean isEmpty() {
        return count == 0;
    }

    public int count() {
        return count;
    }

    /**
     * The memory that keys and cells take, overwritten cells included; 0 for an empty memtable. What the last chunk of
     * an arena has free is not in it: for each of the two at most as much again, and at most {@link
     * Arena#CHUNK_BYTES_MAX}.
     */
    public long bytes() {
        return bytes;
    }

    /** The memory set aside for keys and cells. For the writer only. */
    long allocatedBytes() {
        return keyArena.allocatedBytes() + cellArena.allocatedBytes();
    }

    /** The greatest stamp of any cell merged in, or 0. */
    public long timestampMicrosMax() {
        return timestampMicrosMax;
    }

    /** Where the log has the first cell; {@link Long#MAX_VALUE} while there is none. */
    public long firstPosition() {
        return firstPosition;
    }

    /** States that no cell from this position of the log on will be merged in. */
    public void seal(long logPosition) {
        sealedPosition = logPosition;
    }

    /** The log position up to which this memtable and those before it hold everything of the map. */
    public long sealedPosition() {
        return sealedPosition;
    }
}
