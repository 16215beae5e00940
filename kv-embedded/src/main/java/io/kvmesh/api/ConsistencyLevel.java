package io.kvmesh.api;

/**
 * How many replicas of a key must answer before an operation succeeds.
 *
 * <p>With N replicas, a read at R and a write at W see each other when R + W is greater than N: {@link #QUORUM} for
 * both does, {@link #ONE} for both does not. N is the replication factor, or the number of members while there are
 * fewer members than that. {@link #EACH_QUORUM} for writes and {@link #LOCAL_QUORUM} for reads see each other
 * everywhere; {@link #LOCAL_QUORUM} for both does within a data centre, and a data centre sees what another one wrote a
 * little later.
 *
 * <p>A write is sent to all replicas whatever its level is; the level says how many are waited for.
 *
 * <p>{@link #LOCAL_ONE}, {@link #LOCAL_QUORUM} and {@link #EACH_QUORUM} tell data centres apart where the replication
 * names them ({@link KvSettings#replication}). Elsewhere they are the same as {@link #ONE}, {@link #QUORUM} and
 * {@link #QUORUM}.
 */
public enum ConsistencyLevel {
    /**
     * For writes only: one replica, or if none can be reached any member, also the one that is called, that keeps the
     * write on stable storage and passes it on when replicas are back. A read sees it only after that, and it is lost
     * if they stay away for longer than {@link KvSettings#hintWindow}; if they have been already, the write fails.
     * Without hints ({@code hintWindow} zero), the same as {@link #ONE}.
     */
    ANY,
    ONE,
    TWO,
    THREE,
    /** One replica in the data centre of the member that is called. */
    LOCAL_ONE,
    /** More than half of all replicas. */
    QUORUM,
    /** More than half of the replicas in the data centre of the member that is called. */
    LOCAL_QUORUM,
    /** More than half of the replicas in every data centre. */
    EACH_QUORUM,
    ALL;

    /**
     * The number of replicas that must answer, among those that count for this level: the ones of this data centre for
     * {@link #LOCAL_ONE} and {@link #LOCAL_QUORUM}, the ones of each for {@link #EACH_QUORUM}, and all for the others.
     *
     * @param replicas how many replicas count, at least 1
     * @return may exceed {@code replicas}, for instance for {@link #THREE} on two members: such an operation fails with
     *     {@link UnavailableException}
     */
    public int required(int replicas) {
        return switch (this) {
            case ANY, ONE, LOCAL_ONE -> 1;
            case TWO -> 2;
            case THREE -> 3;
            case QUORUM, LOCAL_QUORUM, EACH_QUORUM -> replicas / 2 + 1;
            case ALL -> replicas;
        };
    }

    /** Whether only replicas in the data centre of the member that is called count. */
    public boolean isLocal() {
        return this == LOCAL_ONE || this == LOCAL_QUORUM;
    }

    /** Whether keys can be read at this level: at all but {@link #ANY}. */
    public boolean isForReads() {
        return this != ANY;
    }
}
