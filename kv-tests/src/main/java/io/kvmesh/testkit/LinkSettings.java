package io.kvmesh.testkit;

import java.time.Duration;

/**
 * How frames travel from one member to another. Immutable. Rates are probabilities per frame, from 0 to 1.
 *
 * @param delayMin no frame is faster than this
 * @param delayMean the mean of an exponential distribution above the minimum, cut at a hundred times its mean
 * @param lossRate how many frames vanish
 * @param duplicationRate how many frames arrive twice
 * @param reorderingRate how many frames may be overtaken by later ones, and take longer; the others keep their order
 */
public record LinkSettings(
        Duration delayMin, Duration delayMean, double lossRate, double duplicationRate, double reorderingRate) {
    /** A good local network: small delays and no faults. */
    public static final LinkSettings RELIABLE =
            new LinkSettings(Duration.ofNanos(50_000), Duration.ofNanos(200_000), 0, 0, 0);

    public LinkSettings {
        if (delayMin.isNegative() || delayMean.compareTo(delayMin) < 0) {
            throw new IllegalArgumentException(
                    "delayMin " + delayMin + " must not be negative, and delayMean " + delayMean + " not below it");
        }
        checkRate("lossRate", lossRate);
        checkRate("duplicationRate", duplicationRate);
        checkRate("reorderingRate", reorderingRate);
    }

    public LinkSettings withDelay(Duration min, Duration mean) {
        return new LinkSettings(min, mean, lossRate, duplicationRate, reorderingRate);
    }

    public LinkSettings withLoss(double rate) {
        return new LinkSettings(delayMin, delayMean, rate, duplicationRate, reorderingRate);
    }

    public LinkSettings withDuplication(double rate) {
        return new LinkSettings(delayMin, delayMean, lossRate, rate, reorderingRate);
    }

    public LinkSettings withReordering(double rate) {
        return new LinkSettings(delayMin, delayMean, lossRate, duplicationRate, rate);
    }

    private static void checkRate(String name, double rate) {
        if (!(rate >= 0 && rate <= 1)) {
            throw new IllegalArgumentException(name + " " + rate + " must be between 0 and 1");
        }
    }
}
