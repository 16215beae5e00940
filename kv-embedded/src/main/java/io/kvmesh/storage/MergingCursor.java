package io.kvmesh.storage;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.storage.memtable.Memtable;
import io.kvmesh.storage.sstable.TableCursor;
import io.kvmesh.storage.sstable.TableReader;
import io.kvmesh.storage.sstable.TableReleasedException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Merges the memtables and tables of one map by key, giving the newest cell of each. Not safe for several threads.
 * Keeps its tables' files open until it is closed.
 */
final class MergingCursor implements CellCursor {
    private final List<TableReader> acquired = new ArrayList<>();
    /** Sources that stand on a key, the least key first. */
    private final PriorityQueue<Source> sources =
            new PriorityQueue<>((first, second) -> first.key().compareTo(second.key()));

    private @Nullable Key key;
    private @Nullable Cell cell;
    private boolean closed;

    /**
     * All that a snapshot holds between two keys.
     *
     * @throws TableReleasedException if one of its tables was let go of
     */
    static MergingCursor of(MapView view, Key from, @Nullable Key to) {
        List<Memtable> memtables = new ArrayList<>();
        memtables.add(view.active());
        memtables.addAll(view.waiting());
        return new MergingCursor(memtables, view.tables(), from, to);
    }

    /** All that some tables hold. */
    static MergingCursor of(Collection<TableReader> tables, Key from) {
        return new MergingCursor(List.of(), tables, from, null);
    }

    private MergingCursor(List<Memtable> memtables, Collection<TableReader> tables, Key from, @Nullable Key to) {
        boolean opened = false;
        try {
            for (Memtable memtable : memtables) {
                add(new MemtableSource(memtable, from, to));
            }
            for (TableReader table : tables) {
                if (!table.acquire()) {
                    throw new TableReleasedException();
                }
                acquired.add(table);
                add(new TableSource(new TableCursor(table, from, to)));
            }
            opened = true;
        } finally {
            if (!opened) {
                close();
            }
        }
    }

    private void add(Source source) {
        if (source.next()) {
            sources.add(source);
        }
    }

    @Override
    public boolean next() {
        if (closed) {
            throw new IllegalStateException("the cursor is closed");
        }
        Source least = sources.poll();
        if (least == null) {
            key = null;
            cell = null;
            return false;
        }
        Key current = least.key();
        Cell newest = least.cell();
        add(least);
        for (Source other = sources.peek(); other != null && other.key().equals(current); other = sources.peek()) {
            sources.poll();
            newest = Cell.newest(newest, other.cell());
            add(other);
        }
        key = current;
        cell = newest;
        return true;
    }

    @Override
    public Key key() {
        return Objects.requireNonNull(key, "the cursor stands on no key");
    }

    @Override
    public Cell cell() {
        return Objects.requireNonNull(cell, "the cursor stands on no key");
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            acquired.forEach(TableReader::release);
        }
    }

    private interface Source {
        boolean next();

        Key key();

        Cell cell();
    }

    private static final class MemtableSource implements Source {
        private final Iterator<Map.Entry<Key, Cell>> entries;
        private Map.@Nullable Entry<Key, Cell> entry;

        MemtableSource(Memtable memtable, Key from, @Nullable Key to) {
            entries = memtable.entries(from, to);
        }

        @Override
        public boolean next() {
            entry = entries.hasNext() ? entries.next() : null;
            return entry != null;
        }

        @Override
        public Key key() {
            return Objects.requireNonNull(entry).getKey();
        }

        @Override
        public Cell cell() {
            return Objects.requireNonNull(entry).getValue();
        }
    }

    private record TableSource(TableCursor cursor) implements Source {
        @Override
        public boolean next() {
            return cursor.next();
        }

        @Override
        public Key key() {
            return cursor.key();
        }

        @Override
        public Cell cell() {
            return cursor.cell();
        }
    }
}
