package io.kvmesh.testkit.history;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/**
 * What the disks of members forgot or may have forgotten, as whoever broke them knows: the fault budget. Confined to
 * one thread.
 *
 * <p>A version that W replicas were known to hold, of which {@code a} have forgotten it since, is still on
 * {@code W - a} of them. A read of R out of N replicas must meet it only if {@code W - a + R > N}, and it may be gone
 * when {@code a} reaches W. That is what a level promises to survive.
 */
public final class DiskLosses {
    private final List<Loss> losses = new ArrayList<>();
    private final NavigableSet<Long> settledNanos = new TreeSet<>();

    /** Which copies a loss concerns. */
    public enum Kind {
        /** The member kept nothing. Its replacement may take the place of one more replica that has the data. */
        EMPTIED,
        /** Anything on the disk may have become unreadable, and what is written later may go with it. */
        DAMAGED,
        /**
         * Tables cannot be read any more, and their keys are not answered until the other replicas have repaired them:
         * gone is only what no other replica had.
         */
        TABLES,
        /** Copies that were not synced may be gone. */
        POWER
    }

    /** @param savedUntilNanos copies made before this time are safe from a loss of power */
    private record Loss(Kind kind, int member, long atNanos, long savedUntilNanos, boolean sparesAcknowledged) {
        /** Whether a copy that counted for this operation may be gone from the member. */
        boolean concerns(Operation knownBy) {
            return switch (kind) {
                case EMPTIED -> knownBy.callNanos() <= atNanos;
                case DAMAGED, TABLES -> true;
                case POWER ->
                    knownBy.callNanos() <= atNanos
                            && knownBy.returnNanos() >= savedUntilNanos
                            // A read tells of copies in memory, synced or not.
                            && !(sparesAcknowledged && !knownBy.isRead());
            };
        }
    }

    /** The member starts again as another one, with other tokens. */
    public void emptied(int member, long atNanos) {
        losses.add(new Loss(Kind.EMPTIED, member, atNanos, 0, false));
    }

    /**
     * All members agreed on the ring at this time, with the replacements of all that were emptied before in it. Writes
     * that begin later go to the replicas of that ring. As long as this is not told, any write may be looked for at a
     * replacement that did not get it.
     */
    public void ringSettled(long atNanos) {
        settledNanos.add(atNanos);
    }

    public void damaged(int member, long atNanos) {
        losses.add(new Loss(Kind.DAMAGED, member, atNanos, 0, false));
    }

    /** Bytes of SSTables changed on a member whose directory opens all the same. */
    public void damagedTables(int member, long atNanos) {
        losses.add(new Loss(Kind.TABLES, member, atNanos, 0, false));
    }

    /**
     * A loss of power.
     *
     * @param savedUntilNanos what was on the member before this time had been synced
     * @param sparesAcknowledged whether members sync before they acknowledge, so that only copies nobody relies on are
     *     lost
     */
    public void lostPower(int member, long atNanos, long savedUntilNanos, boolean sparesAcknowledged) {
        losses.add(new Loss(Kind.POWER, member, atNanos, savedUntilNanos, sparesAcknowledged));
    }

    /** Whether any disk lost more than what was not synced. */
    public boolean isBeyondPower() {
        return losses.stream().anyMatch(loss -> loss.kind() != Kind.POWER && loss.kind() != Kind.TABLES);
    }

    /**
     * How many of the replicas that an operation relied on may have forgotten what they had.
     *
     * @param replicas all members that ever were replicas of the key
     * @param holders how many replicas had the version at least
     * @param knownBy the write that was acknowledged, or the read that saw the version: copies count from its call on,
     *     and are complete at its return
     * @param byNanos losses after this time do not count
     */
    int count(Collection<Integer> replicas, int holders, Operation knownBy, long byNanos) {
        if (losses.isEmpty()) {
            return 0;
        }
        long forgetful = replicas.stream()
                .filter(replica -> mayHaveForgotten(replica, knownBy, byNanos, false))
                .count();
        long withTables = replicas.stream()
                .filter(replica -> mayHaveForgotten(replica, knownBy, byNanos, true))
                .count();
        // A replica whose tables are damaged answers nothing wrong, and has all again that any other one had.
        forgetful = withTables < holders ? forgetful : withTables;
        long displaced = losses.stream()
                .filter(loss -> loss.kind() == Kind.EMPTIED
                        && loss.atNanos() <= byNanos
                        && knownBy.callNanos() <= settledAfter(loss.atNanos()))
                .count();
        return Math.toIntExact(forgetful + displaced);
    }

    private boolean mayHaveForgotten(int replica, Operation knownBy, long byNanos, boolean tablesCount) {
        return losses.stream()
                .anyMatch(loss -> loss.member() == replica
                        && loss.atNanos() <= byNanos
                        && loss.concerns(knownBy)
                        && (tablesCount || loss.kind() != Kind.TABLES));
    }

    private long settledAfter(long nanos) {
        Long settled = settledNanos.higher(nanos);
        return settled == null ? Operation.NEVER : settled;
    }
}
