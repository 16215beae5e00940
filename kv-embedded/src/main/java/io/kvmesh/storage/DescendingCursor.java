package io.kvmesh.storage;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.storage.memtable.Memtable;
import io.kvmesh.storage.memtable.MemtableCursor;
import io.kvmesh.storage.record.RecordView;
import io.kvmesh.storage.record.ReleasedException;
import io.kvmesh.storage.sstable.ReverseTableCursor;
import io.kvmesh.storage.sstable.TableReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Merges the memtables and tables of one map by key, the greatest key first, giving the newest cell of each. Not safe
 * for several threads. Keeps its tables' files open until it is closed.
 */
final class DescendingCursor implements CellCursor {
    private final List<TableReader> acquired = new ArrayList<>();
    private final List<ReverseTableCursor> cursors = new ArrayList<>();
    /** Sources that stand on a key, the greatest key first. */
    private final PriorityQueue<Source> sources =
            new PriorityQueue<>((first, second) -> second.key().compareTo(first.key()));

    private @Nullable Key key;
    private @Nullable Cell cell;
    private final RecordView shown = new RecordView();
    private boolean closed;

    /**
     * All that a snapshot holds between two keys.
     *
     * @throws ReleasedException if one of its tables was let go of
     */
    DescendingCursor(MapView view, Key from, @Nullable Key to) {
        boolean opened = false;
        try {
            add(new MemtableSource(view.active(), from, to));
            for (Memtable memtable : view.waiting()) {
                add(new MemtableSource(memtable, from, to));
            }
            for (TableReader table : view.tables()) {
                if (!table.acquire()) {
                    throw new ReleasedException();
                }
                acquired.add(table);
                ReverseTableCursor cursor = new ReverseTableCursor(table, from, to);
                cursors.add(cursor);
                add(new TableSource(cursor));
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
        Source greatest = sources.poll();
        if (greatest == null) {
            key = null;
            cell = null;
            return false;
        }
        Key current = greatest.key();
        Cell newest = greatest.cell();
        add(greatest);
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
    public RecordView record() {
        return shown.show(key(), cell());
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            cursors.forEach(ReverseTableCursor::close);
            acquired.forEach(TableReader::release);
        }
    }

    private interface Source {
        boolean next();

        Key key();

        Cell cell();
    }

    private static final class MemtableSource implements Source {
        private final MemtableCursor cursor;
        private final Key from;
        private final @Nullable Key to;
        private boolean started;
        private @Nullable Key key;

        MemtableSource(Memtable memtable, Key from, @Nullable Key to) {
            this.cursor = memtable.cursor();
            this.from = from;
            this.to = to;
        }

        @Override
        public boolean next() {
            boolean found = started ? cursor.previous() : to == null ? cursor.last() : cursor.seekBefore(to);
            started = true;
            key = found && cursor.compareTo(from) >= 0 ? cursor.key() : null;
            return key != null;
        }

        @Override
        public Key key() {
            return Objects.requireNonNull(key);
        }

        @Override
        public Cell cell() {
            return cursor.cell();
        }
    }

    private record TableSource(ReverseTableCursor cursor) implements Source {
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
