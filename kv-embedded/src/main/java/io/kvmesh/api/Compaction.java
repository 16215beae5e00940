package io.kvmesh.api;

import java.time.Duration;
import java.util.Objects;

/**
 * How a member merges the SSTables of a map. Immutable. Each member may choose its own; nothing that a map holds
 * depends on it, only what reads, writes and space cost.
 *
 * @param strategy what is merged with what
 * @param window the length of a time window; zero for strategies without windows
 */
public record Compaction(Strategy strategy, Duration window) {
    private static final Duration WINDOW_MIN = Duration.ofSeconds(1);

    public Compaction {
        Objects.requireNonNull(strategy, "strategy");
        Objects.requireNonNull(window, "window");
        if (strategy == Strategy.TIME_WINDOW ? window.compareTo(WINDOW_MIN) < 0 : !window.isZero()) {
            throw new IllegalArgumentException("a window of " + window + " does not fit " + strategy
                    + ": TIME_WINDOW needs at least " + WINDOW_MIN + ", the others have none");
        }
    }

    /** What is merged with what. */
    public enum Strategy {
        /** Four tables of about one size become one. Few rewrites, for maps that are written more than read. */
        SIZE_TIERED,
        /**
         * A key is in few tables, at the cost of more rewrites. For maps that are read much more than written, or whose
         * values are overwritten often and should take little space.
         */
        LEVELED,
        /**
         * What was written in one window of time stays together and is merged with nothing else. For values that expire
         * and are not overwritten: tables of which everything expired are dropped without being read.
         */
        TIME_WINDOW
    }

    /** The default. */
    public static Compaction sizeTiered() {
        return new Compaction(Strategy.SIZE_TIERED, Duration.ZERO);
    }

    public static Compaction leveled() {
        return new Compaction(Strategy.LEVELED, Duration.ZERO);
    }

    /**
     * For values that expire.
     *
     * @param window at least a second; a thirtieth of the time to live is a good choice
     */
    public static Compaction timeWindow(Duration window) {
        return new Compaction(Strategy.TIME_WINDOW, window);
    }
}
