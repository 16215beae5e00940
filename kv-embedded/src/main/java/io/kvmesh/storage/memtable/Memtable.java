package io.kvmesh.storage.memtable;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The newest cells of one map since its last flush, sorted in memory. One writer at a time, which the caller sees to;
 * any number of readers meanwhile.
 */
public final class Memtable {
    /** What an entry takes on the heap beyond the bytes of its key and value: objects, headers, references. */
    private static final int ENTRY_OVERHEAD_BYTES = 176;

    private final ConcurrentSkipListMap<Key, Slot> slots = new ConcurrentSkipListMap<>();
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
        if (count == 0) {
            firstPosition = logPosition;
        }
        long timestampMicros = cell.version().timestampMicros();
        if (timestampMicros > timestampMicrosMax) {
            // Before the cell can be seen, so that no reader skips this memtable wrongly.
            timestampMicrosMax = timestampMicros;
        }
        Slot slot = slots.putIfAbsent(key, new Slot(cell));
        if (slot == null) {
            grow(ENTRY_OVERHEAD_BYTES + key.length() + valueBytes(cell), 1);
            return null;
        }
        Cell present = slot.cell;
        if (wins(present, cell)) {
            return present;
        }
        slot.cell = cell;
        grow(valueBytes(cell) - valueBytes(present), 0);
        return null;
    }

    @SuppressWarnings("ReferenceEquality")
    private static boolean wins(Cell present, Cell cell) {
        return Cell.newest(present, cell) == present;
    }

    private void grow(int moreBytes, int moreEntries) {
        long grownBytes = bytes + moreBytes;
        bytes = grownBytes;
        int grownCount = count + moreEntries;
        count = grownCount;
    }

    private static int valueBytes(Cell cell) {
        return cell.isTombstone() ? 0 : cell.value().length;
    }

    public @Nullable Cell get(Key key) {
        Slot slot = slots.get(key);
        return slot == null ? null : slot.cell;
    }

    /** All entries, or those from one key (inclusive) to another (exclusive), ascending. */
    public Iterator<Map.Entry<Key, Cell>> entries(@Nullable Key from, @Nullable Key to) {
        NavigableMap<Key, Slot> range = slots;
        if (from != null) {
            range = range.tailMap(from, true);
        }
        if (to != null) {
            range = range.headMap(to, false);
        }
        return new Entries(range.entrySet().iterator());
    }

    public boolean isEmpty() {
        return count == 0;
    }

    public int count() {
        return count;
    }

    /** The heap that the entries take, estimated. */
    public long bytes() {
        return bytes;
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

    /** Holds a key's cell, so that overwriting it needs one walk of the list and not two. */
    private static final class Slot {
        volatile Cell cell;

        Slot(Cell cell) {
            this.cell = cell;
        }
    }

    /** Shows the slots as cells. Not safe for several threads. */
    private record Entries(Iterator<Map.Entry<Key, Slot>> slots) implements Iterator<Map.Entry<Key, Cell>> {

        @Override
        public boolean hasNext() {
            return slots.hasNext();
        }

        @Override
        public Map.Entry<Key, Cell> next() {
            Map.Entry<Key, Slot> entry = slots.next();
            return Map.entry(entry.getKey(), entry.getValue().cell);
        }
    }
}
