package io.kvmesh.testkit.history;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * What the disks of members forgot or may have forgotten, as whoever broke them knows: the fault budget. Confined to one
 * thread.
 *
 * <p>A write that W replicas acknowledged, of which {@code a} have forgotten it since, is still on {@code W - a} of
 * them. A read of R out of N replicas must meet it only if {@code W - a + R > N}, and it may be gone when {@code a}
 * reaches W. That is what a level promises to survive.
 */
public final class DiskLosses {
    private final List<Loss> losses = new ArrayList<>();

    /** Which copies a loss concerns. */
    public enum Kind {
        /** The member kept nothing. Its replacement may take the place of one more replica that has the data. */
        EMPTIED,
        /** Anything on the disk may have become unreadable, and what is written later may go with it. */
        DAMAGED,
        /** Copies that were not synced may be gone. */
        POWER
    }

    /** @param savedUntilNanos copies made before this time are safe from a loss of power */
    private record Loss(Kind kind, int member, long atNanos, long savedUntilNanos, boolean sparesAcknowledged) {
        boolean concerns(long callNanos, long heldNanos, boolean acknowledgedDurably) {
            return switch (kind) {
                case EMPTIED -> callNanos <= atNanos;
                case DAMAGED -> true;
                case POWER ->
                    callNanos <= atNanos
                            && heldNanos >= savedUntilNanos
                            && !(sparesAcknowledged && acknowledgedDurably);
            };
        }
    }

    public void emptied(int member, long atNanos) {
        losses.add(new Loss(Kind.EMPTIED, member, atNanos, 0, false));
    }

    public void damaged(int member, long atNanos) {
        losses.add(new Loss(Kind.DAMAGED, member, atNanos, 0, false));
    }

    /**
     * A loss of power.
     *
     * @param savedUntilNanos what was on the member by this time had been synced
     * @param sparesAcknowledged whether members sync before they acknowledge, so that only copies nobody relies on are
     *     lost
     */
    public void lostPower(int member, long atNanos, long savedUntilNanos, boolean sparesAcknowledged) {
        losses.add(new Loss(Kind.POWER, member, atNanos, savedUntilNanos, sparesAcknowledged));
    }

    /** Whether any disk lost more than what was not synced. */
    public boolean isBeyondPower() {
        return losses.stream().anyMatch(loss -> loss.kind() != Kind.POWER);
    }

    /**
     * How many of the replicas of a key may have forgotten a write.
     *
     * @param callNanos when the write began
     * @param heldNanos when enough replicas were known to hold it
     * @param acknowledgedDurably whether this is known from its acknowledgements, not from a read that saw it
     * @param byNanos losses after this time do not count
     */
    int count(Collection<Integer> replicas, long callNanos, long heldNanos, boolean acknowledgedDurably, long byNanos) {
        long forgetful = replicas.stream()
                .filter(replica -> losses.stream()
                        .anyMatch(loss -> loss.member() == replica
                                && loss.atNanos() <= byNanos
                                && loss.concerns(callNanos, heldNanos, acknowledgedDurably)))
                .count();
        long displaced = losses.stream()
                .filter(loss -> loss.kind() == Kind.EMPTIED && callNanos <= loss.atNanos() && loss.atNanos() <= byNanos)
                .count();
        return Math.toIntExact(forgetful + displaced);
    }
}
