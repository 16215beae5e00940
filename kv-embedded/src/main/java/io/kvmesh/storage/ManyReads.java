package io.kvmesh.storage;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.storage.memtable.Memtable;
import io.kvmesh.storage.sstable.TableReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks up many keys in one view. Used by one thread, once.
 *
 * <ol>
 *   <li>The keys are sorted, so that those of one block stand together.
 *   <li>The memtables are asked for each key.
 *   <li>Each table that may hold something newer is gone through once, for all keys: a block is read once.
 * </ol>
 */
final class ManyReads {
    private final MapView view;
    private final Wanted[] ascending;
    private final ReadCounts counts;

    ManyReads(MapView view, List<Key> keys, ReadCounts counts) {
        this.view = view;
        this.counts = counts;
        this.ascending = new Wanted[keys.size()];
        for (int i = 0; i < ascending.length; i++) {
            ascending[i] = new Wanted(keys.get(i), i);
        }
        Arrays.sort(ascending, Comparator.comparing(wanted -> wanted.key));
    }

    /** One of the keys, and what was found so far. */
    private static final class Wanted {
        final Key key;
        /** Where the answer goes. */
        final int place;

        @Nullable
        Cell best;

        private long hash;
        private boolean hashed;

        Wanted(Key key, int place) {
            this.key = key;
            this.place = place;
        }

        void found(@Nullable Cell cell) {
            Cell present = best;
            best = present == null || cell == null ? (present == null ? cell : present) : Cell.newest(present, cell);
        }

        boolean mayBeNewerIn(long timestampMicrosMax) {
            return best == null || timestampMicrosMax >= best.version().timestampMicros();
        }

        /** Computed when the first bloom filter is asked. */
        long hash() {
            if (!hashed) {
                hash = TableReader.hash(key);
                hashed = true;
            }
            return hash;
        }
    }

    /** The newest cells, in the order in which the keys were given; null where there is none. */
    @Nullable
    Cell[] read() {
        askMemtables();
        view.tables().forEach(this::ask);
        counts.looked(ascending.length);
        @Nullable Cell[] cells = new Cell[ascending.length];
        for (Wanted wanted : ascending) {
            Cell best = wanted.best;
            view.requireKnown(wanted.key, best == null ? null : best.version());
            cells[wanted.place] = best;
        }
        return cells;
    }

    private void askMemtables() {
        for (Wanted wanted : ascending) {
            wanted.found(view.active().get(wanted.key));
            for (Memtable memtable : view.waiting()) {
                if (wanted.mayBeNewerIn(memtable.timestampMicrosMax())) {
                    wanted.found(memtable.get(wanted.key));
                }
            }
        }
    }

    private void ask(TableReader table) {
        long timestampMicrosMax = table.properties().timestampMicrosMax();
        List<Wanted> passed = new ArrayList<>();
        List<Key> keys = new ArrayList<>();
        int checks = 0;
        for (Wanted wanted : ascending) {
            if (wanted.mayBeNewerIn(timestampMicrosMax) && table.covers(wanted.key)) {
                checks++;
                if (table.mightContain(wanted.hash())) {
                    passed.add(wanted);
                    keys.add(wanted.key);
                }
            }
        }
        @Nullable Cell[] found = new Cell[keys.size()];
        int blocks = table.findAll(keys, found);
        int falsePositives = 0;
        for (int i = 0; i < found.length; i++) {
            passed.get(i).found(found[i]);
            falsePositives += found[i] == null ? 1 : 0;
        }
        counts.asked(checks, found.length, falsePositives);
        counts.spared(found.length - blocks);
    }
}
