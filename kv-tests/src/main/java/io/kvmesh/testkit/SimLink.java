package io.kvmesh.testkit;

import io.kvmesh.runtime.RandomSource;

/** The way from one member to another. Confined to the simulation's thread. */
final class SimLink {
    /** How many frames may be on the way; more are dropped, as by a full send queue. */
    static final int FRAMES_MAX = 16_384;

    /** How many more mean delays an overtaken frame takes on average. */
    private static final int REORDERED_DELAY_FACTOR = 5;

    private final RandomSource random;
    private LinkSettings settings;
    private boolean cut;
    private long lastArrivalNanos;
    private int frames;
    private long bytesSent;

    SimLink(RandomSource random, LinkSettings settings) {
        this.random = random;
        this.settings = settings;
    }

    void use(LinkSettings newSettings) {
        settings = newSettings;
    }

    boolean isCut() {
        return cut;
    }

    void cut() {
        cut = true;
    }

    void heal() {
        cut = false;
    }

    boolean isFull() {
        return frames >= FRAMES_MAX;
    }

    void frameLeft() {
        frames++;
    }

    void frameArrived() {
        frames--;
    }

    void sent(int bytes) {
        bytesSent += bytes;
    }

    long bytesSent() {
        return bytesSent;
    }

    boolean drawLoss() {
        return settings.lossRate() > 0 && random.chance(settings.lossRate());
    }

    boolean drawDuplication() {
        return settings.duplicationRate() > 0 && random.chance(settings.duplicationRate());
    }

    /** How long a frame that leaves now will take. */
    long drawDelayNanos(long nowNanos) {
        long delayNanos = settings.delayMin().toNanos() + drawExtraNanos();
        if (settings.reorderingRate() > 0 && random.chance(settings.reorderingRate())) {
            return delayNanos + REORDERED_DELAY_FACTOR * drawExtraNanos();
        }
        lastArrivalNanos = Math.max(lastArrivalNanos, nowNanos + delayNanos);
        return lastArrivalNanos - nowNanos;
    }

    private long drawExtraNanos() {
        long meanNanos = settings.delayMean().minus(settings.delayMin()).toNanos();
        return Exponential.drawNanos(random, meanNanos);
    }
}
