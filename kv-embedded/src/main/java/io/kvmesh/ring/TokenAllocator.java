package io.kvmesh.ring;

import io.kvmesh.runtime.Invariants;
import io.kvmesh.runtime.RandomSource;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;

/**
 * Chooses the tokens of a new member. Stateless: what it yields follows from the random generator and the ring.
 *
 * <p>Members that start together do not know each other's tokens. Then the ring is cut into as many equal arcs as
 * tokens are wanted, and each arc gets one token at a random place: a member's tokens never crowd, which evens out the
 * load.
 *
 * <p>Who comes to a ring that exists knows what every member holds. For each token a few random positions are tried,
 * and the one is kept after which what members hold is closest to their shares, see {@link FairShares}. What the new
 * member takes it takes from those who have too much; nothing moves between others.
 */
public final class TokenAllocator {
    /** Positions tried for each token. More even out little more, and take longer. */
    static final int TRIALS = 128;
    /** How much the balance of first replicas counts, beside that of all replicas: these fill disks. */
    private static final double FIRST_WEIGHT = 0.25;

    private TokenAllocator() {}

    /** New tokens in ascending order, distinct from each other and from the known ones. */
    public static List<Token> allocate(int count, Collection<Token> known, RandomSource random) {
        Invariants.check(count > 0, "a member has at least one token");
        TreeSet<Token> taken = new TreeSet<>(known);
        List<Token> own = new ArrayList<>(count);
        for (int arc = 0; arc < count; arc++) {
            long start = arcStart(arc, count);
            long length = arcStart(arc + 1, count) - start;
            Token token = inArc(start, length, random);
            while (!taken.add(token)) {
                token = inArc(start, length, random);
            }
            own.add(token);
        }
        return List.copyOf(own);
    }

    /**
     * Tokens for a member that comes to a ring, in ascending order.
     *
     * @param member without tokens; not of the ring
     */
    public static List<Token> allocate(int count, Ring ring, RingMember member, RandomSource random) {
        Invariants.check(count > 0, "a member has at least one token");
        Invariants.check(!ring.contains(member.node()), "a member of the ring has its tokens");
        Token start = Token.random(random);
        RingMember self = member.withTokens(List.of(start));
        List<RingMember> members = new ArrayList<>();
        for (RingMember other : ring.membersByNode().values()) {
            if (!other.tokens().isEmpty()) {
                members.add(other);
            }
        }
        members.add(self);
        members.sort((one, other) -> one.node().compareTo(other.node()));
        TrialRing trial = new TrialRing(ring.partitioner(), ring.replication(), members, self);
        Imbalance imbalance = new Imbalance(trial, members, ring);
        List<Token> own = new ArrayList<>(List.of(start));
        while (own.size() < count) {
            long best = imbalance.leastOf(TRIALS, (own.size() + 1.0) / count, random);
            trial.add(best);
            own.add(new Token(best, random.nextLong()));
        }
        Collections.sort(own);
        return List.copyOf(own);
    }

    /** How far a ring is from what members should hold. */
    private static final class Imbalance implements TrialRing.Change {
        private final TrialRing trial;
        private final double[] shares;
        private final double[] firstShares;
        private double change;
        private int gained;
        private int gainedFirst;

        Imbalance(TrialRing trial, List<RingMember> members, Ring ring) {
            this.trial = trial;
            int partitions = ring.partitioner().partitions();
            this.shares = FairShares.of(partitions, ring.replication(), members);
            this.firstShares = new double[shares.length];
            double total = 0;
            for (double share : shares) {
                total += share;
            }
            for (int i = 0; i < shares.length; i++) {
                firstShares[i] = partitions * shares[i] / total;
            }
        }

        /** Of some random positions the one whose token evens out most. */
        long leastOf(int trials, double paced, RandomSource random) {
            long best = 0;
            double least = Double.POSITIVE_INFINITY;
            for (int i = 0; i < trials; i++) {
                long position = random.nextLong();
                change = 0;
                gained = 0;
                gainedFirst = 0;
                if (trial.tryAt(position, this)) {
                    int self = trial.self();
                    double cost = change
                            + off(trial.held(self) + gained, shares[self] * paced, shares[self])
                            + FIRST_WEIGHT
                                    * off(
                                            trial.first(self) + gainedFirst,
                                            firstShares[self] * paced,
                                            firstShares[self]);
                    if (cost < least) {
                        least = cost;
                        best = position;
                    }
                }
            }
            Invariants.check(least < Double.POSITIVE_INFINITY, "no free position was found");
            return best;
        }

        @Override
        public void replaces(int losing, int firstLosing) {
            if (losing >= 0) {
                gained++;
                change += off(trial.held(losing) - 1.0, shares[losing], shares[losing])
                        - off(trial.held(losing), shares[losing], shares[losing]);
            }
            if (firstLosing >= 0) {
                gainedFirst++;
                change += FIRST_WEIGHT
                        * (off(trial.first(firstLosing) - 1.0, firstShares[firstLosing], firstShares[firstLosing])
                                - off(trial.first(firstLosing), firstShares[firstLosing], firstShares[firstLosing]));
            }
        }

        private static double off(double has, double should, double share) {
            // Who holds nothing is neither too full nor too empty.
            return share == 0 ? 0 : (has - should) * (has - should) / share;
        }
    }

    /** The upper 64 bits of the arc's first position; the arc after the last one starts at 0 again. */
    private static long arcStart(int arc, int count) {
        return BigInteger.valueOf(arc)
                .shiftLeft(Long.SIZE)
                .divide(BigInteger.valueOf(count))
                .longValue();
    }

    private static Token inArc(long start, long length, RandomSource random) {
        // Lengths are unsigned; that of a single arc is 2^64, which is 0 here.
        long offset = length == 0 ? random.nextLong() : Long.remainderUnsigned(random.nextLong(), length);
        return new Token(start + offset, random.nextLong());
    }
}
