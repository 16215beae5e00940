package io.kvmesh.ring;

import io.kvmesh.runtime.Invariants;
import java.util.Arrays;
import java.util.List;

/**
 * A ring to which one member adds tokens, one after the other, and that tells what each would change. Not safe for
 * several threads.
 *
 * <p>A token changes the replicas of those partitions whose walk meets it before it is complete. These are the
 * partition that it lies in or behind, and some before that: walks that begin earlier end no later. In each of them the
 * new member takes the place of exactly one other.
 */
final class TrialRing {
    private static final int NOBODY = -1;
    private static final int NOWHERE = -1;

    private final Partitioner partitioner;
    private final ReplicaChoice choice;
    private final int self;
    private final int partitionShift;
    /** The upper halves of all tokens, ascending as unsigned numbers: lower halves only part what is equal in these. */
    private long[] positions;

    private int[] owners;
    private int count;
    private final int[][] replicas;
    /** By partition: how many tokens its walk meets. */
    private final int[] walked;
    /** By member: how many partitions it holds, and of how many it is the first replica. */
    private final int[] held;

    private final int[] first;

    /** @param self the member that adds tokens, and has one at least */
    TrialRing(Partitioner partitioner, Replication replication, List<RingMember> members, RingMember self) {
        this.partitioner = partitioner;
        this.partitionShift = Long.SIZE - Integer.numberOfTrailingZeros(partitioner.partitions());
        Positions tokens = new Positions(members);
        this.choice = new ReplicaChoice(tokens.members(), replication);
        this.self = tokens.members().indexOf(self);
        Invariants.check(this.self >= 0, "a member without a token has no place");
        this.count = tokens.count();
        this.positions = new long[2 * count];
        this.owners = new int[2 * count];
        for (int i = 0; i < count; i++) {
            positions[i] = tokens.token(i).high();
            owners[i] = tokens.owner(i);
        }
        this.held = new int[tokens.members().size()];
        this.first = new int[held.length];
        this.replicas = new int[partitioner.partitions()][];
        this.walked = new int[replicas.length];
        for (int partition = 0; partition < replicas.length; partition++) {
            walk(partition, NOWHERE);
            replicas[partition] = choice.chosen().clone();
            count(replicas[partition], 1);
        }
    }

    /** What a token changes in one partition. */
    interface Change {
        /**
         * The new member takes the place of another one, or its own one earlier in the order of replicas.
         *
         * @param losing the number of the member that holds the partition no more, or -1
         * @param firstLosing the number of the one that is not the first replica any more, or -1
         */
        void replaces(int losing, int firstLosing);
    }

    /** The number of the member that adds tokens. */
    int self() {
        return self;
    }

    int held(int member) {
        return held[member];
    }

    int first(int member) {
        return first[member];
    }

    /** Tells what a token at this position would change. False if there is one already. */
    boolean tryAt(long position, Change change) {
        int at = place(position);
        if (at < count && positions[at] == position) {
            return false;
        }
        for (int partition = partitionOf(position), left = replicas.length; left > 0; left--) {
            if (!meets(partition, position, at)) {
                return true;
            }
            walk(partition, at);
            tell(replicas[partition], choice.chosen(), change);
            partition = (partition + replicas.length - 1) % replicas.length;
        }
        return true;
    }

    /** Adds a token, at a position where there is none. */
    void add(long position) {
        int at = place(position);
        int from = partitionOf(position);
        int changed = 0;
        while (changed < replicas.length && meets(Math.floorMod(from - changed, replicas.length), position, at)) {
            changed++;
        }
        insert(position, at);
        for (int i = 0; i < changed; i++) {
            int partition = Math.floorMod(from - i, replicas.length);
            count(replicas[partition], -1);
            walk(partition, NOWHERE);
            System.arraycopy(choice.chosen(), 0, replicas[partition], 0, choice.replicas());
            count(replicas[partition], 1);
        }
    }

    private void tell(int[] before, int[] after, Change change) {
        int losing = NOBODY;
        if (!contains(before, self) && contains(after, self)) {
            // All but one are in both.
            losing = self;
            for (int i = 0; i < before.length; i++) {
                losing += before[i] - after[i];
            }
        }
        int firstLosing = before[0] == after[0] ? NOBODY : before[0];
        if (losing != NOBODY || firstLosing != NOBODY) {
            change.replaces(losing, firstLosing);
        }
    }

    private int partitionOf(long position) {
        return replicas.length == 1 ? 0 : (int) (position >>> partitionShift);
    }

    private static boolean contains(int[] members, int member) {
        for (int other : members) {
            if (other == member) {
                return true;
            }
        }
        return false;
    }

    /** Whether a walk comes to a new token at this position, and place, before it is complete. */
    private boolean meets(int partition, long position, int at) {
        long from = partitioner.startOf(partition).high();
        int distance = at - place(from);
        boolean behind = distance < 0 || (distance == 0 && Long.compareUnsigned(position, from) < 0);
        return (behind ? distance + count : distance) < walked[partition];
    }

    /** Walks from the start of a partition, as if a token of the new member were at a place, or {@link #NOWHERE}. */
    private void walk(int partition, int inserted) {
        choice.begin();
        boolean complete = choice.replicas() == 0;
        int at = place(partitioner.startOf(partition).high()) % count;
        int steps = 0;
        while (!complete) {
            if (at == inserted % count && inserted >= 0) {
                complete = choice.meet(self);
            }
            complete = complete || choice.meet(owners[at]);
            at = at + 1 == count ? 0 : at + 1;
            steps++;
        }
        if (inserted < 0) {
            walked[partition] = steps;
        }
    }

    /** Where the first position at or behind this one is. */
    private int place(long position) {
        int low = 0;
        int high = count;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Long.compareUnsigned(positions[middle], position) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private void insert(long position, int at) {
        if (count == positions.length) {
            positions = Arrays.copyOf(positions, 2 * count);
            owners = Arrays.copyOf(owners, 2 * count);
        }
        System.arraycopy(positions, at, positions, at + 1, count - at);
        System.arraycopy(owners, at, owners, at + 1, count - at);
        positions[at] = position;
        owners[at] = self;
        count++;
    }

    private void count(int[] members, int by) {
        for (int member : members) {
            held[member] += by;
        }
        if (members.length > 0) {
            first[members[0]] += by;
        }
    }
}
