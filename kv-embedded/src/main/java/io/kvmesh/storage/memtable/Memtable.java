package io.kvmesh.storage.memtable;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.ArrayPool;
import io.kvmesh.runtime.Invariants;
import io.kvmesh.runtime.ReaderEpochs;
import io.kvmesh.storage.record.ReleasedException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The newest cells of one map since its last flush, sorted in memory. One writer at a time, which the caller sees to;
 * any number of readers meanwhile, without a lock.
 *
 * <p>Keys and cells lie in arenas, without an object per entry; what is put in and read out is copied. An overwritten
 * cell keeps its bytes until the memtable is released; then later memtables use its memory again.
 */
public final class Memtable {
    private final ArrayPool pool;
    private final ReaderEpochs readers;
    private final Arena keyArena;
    private final Arena cellArena;
    private final SkipList keys;
    private final CellArena cells;
    private final long emptyBytes;
    private volatile long bytes;
    private volatile long timestampMicrosMax;
    private volatile int count;
    private volatile long firstPosition = Long.MAX_VALUE;
    private volatile long sealedPosition = Long.MAX_VALUE;
    private volatile boolean released;
    /** Whether somebody walks it, or did: then its memory is not used again. */
    private volatile boolean lent;

    /** With memory of its own. */
    public Memtable() {
        this(newPool(0));
    }

    /** @param pool of {@link #newPool} */
    public Memtable(ArrayPool pool) {
        this.pool = pool;
        this.readers = pool.readers();
        this.keyArena = new Arena(pool);
        this.cellArena = new Arena(pool);
        this.keys = new SkipList(keyArena);
        this.cells = new CellArena(cellArena);
        this.emptyBytes = keyArena.usedBytes();
    }

    /** What memtables take their memory from and leave it to, when they are released. */
    public static ArrayPool newPool(long bytesMax) {
        return new ArrayPool(
                Arena.CHUNK_BYTES_MAX, (int) Math.min(Integer.MAX_VALUE, bytesMax / Arena.CHUNK_BYTES_MAX));
    }

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
            Cell winner = winner(keys.nodes().number(node), cell);
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

    /**
     * The cell of a key, with a copy of its value; null if there is none.
     *
     * @throws ReleasedException if the memtable was released
     */
    public @Nullable Cell get(Key key) {
        int inside = enter();
        try {
            int node = keys.find(key);
            return node == 0 ? null : cells.cell(keys.nodes().number(node));
        } finally {
            readers.leave(inside);
        }
    }

    /** As {@link #get}, but only the version: does not touch the value. */
    public @Nullable Version version(Key key) {
        int inside = enter();
        try {
            int node = keys.find(key);
            return node == 0 ? null : cells.version(keys.nodes().number(node));
        } finally {
            readers.leave(inside);
        }
    }

    private int enter() {
        int inside = readers.enter();
        if (released) {
            readers.leave(inside);
            throw new ReleasedException();
        }
        return inside;
    }

    /** A cursor that stands on no key yet. It may be used as long as one likes, also when the memtable is released. */
    public MemtableCursor cursor() {
        lend();
        return new MemtableCursor(keys, cells);
    }

    /**
     * Walks all records, or those from one key (inclusive) to another (exclusive), ascending, as long as one likes,
     * also when the memtable is released.
     */
    public MemtableScan scan(@Nullable Key from, @Nullable Key to) {
        lend();
        return new MemtableScan(keys, cells, from, to);
    }

    private void lend() {
        int inside = enter();
        lent = true;
        readers.leave(inside);
    }

    /** Walks all records, for who releases the memtable, and not after that. */
    public MemtableScan scanBeforeRelease() {
        return new MemtableScan(keys, cells, null, null);
    }

    /** Leaves its memory to others. What it has must be found elsewhere by then: from here on it answers nobody. */
    public void release() {
        Invariants.check(!released, "a memtable is released once");
        released = true;
        List<byte[]> chunks = keyArena.pooled();
        chunks.addAll(cellArena.pooled());
        if (!chunks.isEmpty()) {
            pool.retire(chunks, () -> lent);
        }
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
