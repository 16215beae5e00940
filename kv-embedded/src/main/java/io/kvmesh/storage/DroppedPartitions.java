package io.kvmesh.storage;

import io.kvmesh.storage.sstable.TableReader;
import java.util.BitSet;

/** The partitions of which a merge keeps nothing. Immutable. */
final class DroppedPartitions {
    static final DroppedPartitions NONE = new DroppedPartitions(new BitSet());

    private final BitSet partitions;

    DroppedPartitions(BitSet partitions) {
        this.partitions = (BitSet) partitions.clone();
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
}
