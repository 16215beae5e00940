package io.kvmesh.runtime;

import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A generator of pseudo-random numbers (SplitMix64) that yields the same numbers for the same seed and can be split
 * into independent ones. Safe for any thread; the order in which threads draw is theirs.
 *
 * <p>Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. Not for secrets.
 */
public final class RandomSource {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private final AtomicLong state;

    private RandomSource(long seed) {
        state = new AtomicLong(seed);
    }

    /** A generator whose whole sequence follows from the seed. */
    public static RandomSource seeded(long seed) {
        return new RandomSource(seed);
    }

    /** A generator seeded from the operating system's entropy. */
    public static RandomSource fromSystem() {
        return new RandomSource(new SecureRandom().nextLong());
    }

    public long nextLong() {
        return mix(state.addAndGet(GOLDEN_GAMMA));
    }

    /** A number from 0 (inclusive) to the bound (exclusive), which must be positive. */
    public int nextInt(int bound) {
        Invariants.check(bound > 0, "bound must be positive");
        return (int) Long.remainderUnsigned(nextLong(), bound);
    }

    /** A number from 0 (inclusive) to the bound (exclusive), which must be positive. */
    public long nextLong(long bound) {
        Invariants.check(bound > 0, "bound must be positive");
        return Long.remainderUnsigned(nextLong(), bound);
    }

    /** A number from 0.0 (inclusive) to 1.0 (exclusive). */
    public double nextDouble() {
        return (nextLong() >>> 11) * 0x1.0p-53;
    }

    /** True with the given probability. */
    public boolean chance(double probability) {
        return nextDouble() < probability;
    }

    /** A new generator whose sequence is independent of this one's further sequence. */
    public RandomSource split() {
        return new RandomSource(mix(nextLong()));
    }

    private static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
