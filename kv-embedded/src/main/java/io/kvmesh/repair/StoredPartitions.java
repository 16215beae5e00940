package io.kvmesh.repair;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.model.KeySpan;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.MapId;
import io.kvmesh.storage.CellCursor;
import io.kvmesh.storage.StorageEngine;
import java.util.BitSet;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;

/**
 * Looks of which partitions anything is stored, deletions included. Its steps follow each other, one map at a time. It
 * reads a few blocks for each partition that has something, however much that is.
 */
final class StoredPartitions {
    private StoredPartitions() {}

    /**
     * Looks in the background.
     *
     * @param among those that are of interest
     * @param onFound told those of them of which something is stored, or where damage hides whether it is
     * @param onFailed told why that cannot be told
     */
    static void find(RepairSeams seams, BitSet among, Consumer<BitSet> onFound, Consumer<String> onFailed) {
        BitSet found = new BitSet();
        Iterator<MapDescriptor> maps = List.copyOf(seams.engine().maps()).iterator();
        InTurn.each(
                maps,
                (map, next) -> seams.later(() -> Guarded.run(
                        () -> {
                            addStored(seams.engine(), map.id(), among, found);
                            next.run();
                        },
                        onFailed)),
                () -> onFound.accept(found));
    }

    private static void addStored(StorageEngine engine, MapId map, BitSet among, BitSet found) {
        int first = among.nextSetBit(0);
        while (first >= 0) {
            int end = among.nextClearBit(first);
            int stored = firstStored(engine, map, first, end - 1);
            if (stored >= 0) {
                found.set(stored);
            }
            first = among.nextSetBit(stored >= 0 ? stored + 1 : end);
        }
    }

    /** Negative if there is nothing from a first to a last partition. */
    private static int firstStored(StorageEngine engine, MapId map, int first, int last) {
        KeySpan span = KeySpan.ofPartitions(first, last);
        try (CellCursor cursor = engine.scan(map, span.from(), span.to())) {
            return cursor.next() ? cursor.key().partition() : -1;
        } catch (CorruptDataException e) {
            return first;
        }
    }
}
