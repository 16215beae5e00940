package io.kvmesh.ring;

import io.kvmesh.runtime.Invariants;
import io.kvmesh.runtime.RandomSource;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * Draws the tokens of a new member. Stateless: what it yields follows from the random generator and the known tokens.
 *
 * <p>The ring is cut into as many equal arcs as tokens are wanted, and each arc gets one token at a random place. A
 * member's tokens thus never crowd, which evens out the load without knowing the others' tokens: members that start
 * together do not know them.
 */
public final class TokenAllocator {
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
