package io.kvmesh.ring;

import io.kvmesh.runtime.RandomSource;

/** A position on the ring of 2^128 positions, ordered as an unsigned number. Immutable. */
public record Token(long high, long low) implements Comparable<Token> {

    public static Token random(RandomSource random) {
        return new Token(random.nextLong(), random.nextLong());
    }

    @Override
    public int compareTo(Token other) {
        int byHigh = Long.compareUnsigned(high, other.high);
        return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
    }

    /** Thirty-two hexadecimal digits. */
    @Override
    public String toString() {
        return String.format("%016x%016x", high, low);
    }
}
