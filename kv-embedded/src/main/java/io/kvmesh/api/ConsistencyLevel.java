package io.kvmesh.api;

/**
 * How many replicas of a key must answer before an operation succeeds.
 *
 * <p>With N replicas, a read at R and a write at W see each other when R + W is greater than N: {@link #QUORUM} for
 * both does, {@link #ONE} for both does not. N is the replication factor, or the number of members while there are
 * fewer members than that.
 */
public enum ConsistencyLevel {
    ONE,
    TWO,
    THREE,
    /** More than half of the replicas. */
    QUORUM,
    ALL;

    /**
     * The number of replicas that must answer.
     *
     * @param replicas how many replicas the key has, at least 1
     * @return may exceed {@code replicas}, for instance for {@link #THREE} on two members: such an operation fails with
     *     {@link UnavailableException}
     */
    public int required(int replicas) {
        return switch (this) {
            case ONE -> 1;
            case TWO -> 2;
            case THREE -> 3;
            case QUORUM -> replicas / 2 + 1;
            case ALL -> replicas;
        };
    }
}
