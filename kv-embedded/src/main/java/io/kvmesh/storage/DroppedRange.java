package io.kvmesh.storage;

import io.kvmesh.storage.sstable.TableReader;

/** The partitions from a first to a last one of which a merge keeps nothing. Immutable. */
record DroppedRange(int first, int last) {
    static final DroppedRange NONE = new DroppedRange(0, -1);

    boolean contains(int partition) {
        return partition >= first && partition <= last;
    }

    boolean touches(TableReader table) {
        return table.properties().first().partition() <= last
                && table.properties().last().partition() >= first;
    }

    boolean containsAllOf(TableReader table) {
        return contains(table.properties().first().partition())
                && contains(table.properties().last().partition());
    }
}
