package io.kvmesh.coordinator;

import io.kvmesh.runtime.RandomSource;

/**
 * Chooses the reads after which all replicas are compared, and those that are behind are repaired, while nobody waits.
 * Safe for any thread.
 *
 * <p>It costs more than the read itself, so few are chosen: what a member missed is brought to it by other means, and
 * what a read needs it repairs at once. This one finds what those missed, in keys that are read often.
 */
final class BackgroundRepair {
    /** How many of a thousand reads are chosen. */
    static final int CHOSEN_PER_MILLE = 10;

    private final RandomSource random;

    /** @param random of this member */
    BackgroundRepair(RandomSource random) {
        this.random = random;
    }

    boolean isNextChosen() {
        return random.nextInt(1_000) < CHOSEN_PER_MILLE;
    }
}
