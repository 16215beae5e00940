package io.kvmesh.api;

import java.util.List;

/**
 * The ring as this member knows it at one moment, and how many replicas of its partitions are alive. Immutable.
 *
 * @param id which ring it is: sixteen hexadecimal digits; empty for a store that is alone, or in no ring yet
 * @param number of the state of the ring, which grows with every change
 * @param phase what the ring is about
 * @param partitions into how many it is cut
 * @param copies on how many members each of them is to be stored
 * @param underReplicated how many partitions have fewer living replicas than that
 * @param withoutQuorum how many have so few that reads and writes at {@link ConsistencyLevel#QUORUM} fail
 * @param unreachable how many have none
 * @param worst those with the fewest living replicas of the ones that are under-replicated, at most
 *     {@value #PARTITIONS_LISTED_MAX}, ordered by how many are alive, then by number
 */
public record RingInfo(
        String id,
        long number,
        Phase phase,
        int partitions,
        int copies,
        int underReplicated,
        int withoutQuorum,
        int unreachable,
        List<PartitionInfo> worst) {
    /** How many partitions are listed at most. */
    public static final int PARTITIONS_LISTED_MAX = 16;

    /** Copies the list. */
    public RingInfo {
        worst = List.copyOf(worst);
    }

    /** What a ring is about. */
    public enum Phase {
        /** There is none that this member knows. */
        NONE,
        /** Its first members find together. */
        FORMING,
        /** Nobody joins or leaves. */
        STEADY,
        /** Members fetch what they gain; keys are read where they were before. */
        STREAMING,
        /** Keys are read at their new replicas; not all members are known to know that. */
        SWITCHED,
        /** It is no more: its members go into an older ring that they met. */
        DISSOLVED
    }

    /**
     * A partition and who holds it. Immutable.
     *
     * @param partition its number, from 0
     * @param replicas the identities of its replicas, first replica first
     * @param alive how many of these are
     */
    public record PartitionInfo(int partition, List<String> replicas, int alive) {
        /** Copies the list. */
        public PartitionInfo {
            replicas = List.copyOf(replicas);
        }

        @Override
        public String toString() {
            return "partition " + partition + ": " + alive + " of " + replicas + " alive";
        }
    }

    @Override
    public String toString() {
        String which = id.isEmpty() ? "no ring" : "ring " + id + ", state " + number;
        return which + ", " + phase + ": " + partitions + " partitions of " + copies + " copies, " + underReplicated
                + " under-replicated, " + withoutQuorum + " without a quorum, " + unreachable + " unreachable";
    }
}
