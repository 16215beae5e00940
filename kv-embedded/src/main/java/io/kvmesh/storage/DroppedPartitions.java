package io.kvmesh.storage;

import io.kvmesh.model.KeySpan;
import io.kvmesh.storage.sstable.TableReader;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** The partitions of which a merge keeps nothing. Immutable. */
final class DroppedPartitions {
    static final DroppedPartitions NONE = new DroppedPartitions(new BitSet(), 1);

    private final BitSet partitions;
    private final int count;

    /** @param count of all partitions that there are */
    DroppedPartitions(BitSet partitions, int count) {
        this.partitions = (BitSet) partitions.clone();
        this.count = count;
    }

    boolean contains(int partition) {
        return partitions.get(partition);
    }

    boolean touches(TableReader table) {
        int first = partitions.nextSetBit(table.properties().first().partition());
        return first >= 0 && first <= table.properties().last().partition();
    }

    boolean containsAllOf(TableReader table) {
        return partitions.nextClearBit(table.properties().first().partition())
                > table.properties().last().partition();
    }

    /** What of these keys belongs to partitions that are kept. */
    List<KeySpan> keptOf(KeySpan span) {
        List<KeySpan> kept = new ArrayList<>();
        for (int first = partitions.nextClearBit(0); first < count; ) {
            int end = partitions.nextSetBit(first);
            // Behind the last partition is nothing, which an open end may reach over.
            KeySpan run = end < 0
                    ? new KeySpan(KeySpan.ofPartitions(first, first).from(), null)
                    : KeySpan.ofPartitions(first, end - 1);
            if (run.overlaps(span)) {
                kept.add(run.and(span));
            }
            first = end < 0 ? count : partitions.nextClearBit(end);
        }
        return kept;
    }
}
