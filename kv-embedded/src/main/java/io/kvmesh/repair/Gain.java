package io.kvmesh.repair;

import io.kvmesh.model.NodeId;
import io.kvmesh.ring.RingChange;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Partitions that follow each other and are fetched from the same members. Immutable.
 *
 * @param sources all of whom have a part of what there is; null if too few of them are there now
 */
record Gain(int first, int last, @Nullable List<NodeId> sources) {
    /** What is fetched as one: if a source fails meanwhile, it is fetched again from its beginning. */
    static final int PARTITIONS_MAX = 16;

    /** What is still to be fetched of a change, in the order of the partitions. */
    static List<Gain> of(RingChange change, BitSet wanted, NodeId self, Predicate<NodeId> isAvailable) {
        List<Gain> gains = new ArrayList<>();
        for (int partition = wanted.nextSetBit(0); partition >= 0; partition = wanted.nextSetBit(partition + 1)) {
            List<NodeId> sources = change.sources(partition, self, isAvailable);
            Gain last = gains.isEmpty() ? null : gains.get(gains.size() - 1);
            boolean follows = last != null
                    && last.last + 1 == partition
                    && partition - last.first < PARTITIONS_MAX
                    && Objects.equals(last.sources, sources);
            if (last != null && follows) {
                gains.set(gains.size() - 1, new Gain(last.first, partition, sources));
            } else {
                gains.add(new Gain(partition, partition, sources));
            }
        }
        return gains;
    }
}
