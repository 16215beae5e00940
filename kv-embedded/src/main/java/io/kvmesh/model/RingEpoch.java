package io.kvmesh.model;

/**
 * The number of a state of the ring, which every change of the ring raises by one. Immutable.
 *
 * @param lineage names the ring: states of two rings that were started apart have no order
 * @param number zero before there is a ring
 */
public record RingEpoch(long lineage, long number) {
    /** Of a member that is in no ring yet, and of a store that is alone. */
    public static final RingEpoch NONE = new RingEpoch(0, 0);

    /** Whether this is a later state of the same ring. */
    public boolean isAfter(RingEpoch other) {
        return lineage == other.lineage && number > other.number;
    }

    @Override
    public String toString() {
        return number + " of ring " + Long.toHexString(lineage);
    }
}
