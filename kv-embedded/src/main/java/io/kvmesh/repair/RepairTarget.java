package io.kvmesh.repair;

import io.kvmesh.model.MapDescriptor;

/** One partition of one map, to be repaired. Immutable. */
record RepairTarget(MapDescriptor map, int partition) implements Comparable<RepairTarget> {

    @Override
    public int compareTo(RepairTarget other) {
        int byMap = map.id().compareTo(other.map.id());
        return byMap != 0 ? byMap : Integer.compare(partition, other.partition);
    }

    @Override
    public String toString() {
        return "map '" + map.name() + "', partition " + partition;
    }
}
