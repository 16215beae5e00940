package io.kvmesh.testkit.history;

import java.util.ArrayList;
import java.util.List;

/**
 * What came of the search for an order of calls. Immutable.
 *
 * @param placed the order that was found, or the longest beginning of one
 * @param unplaced calls of which none can come next, although the first of them must have taken effect by then
 * @param states how many states were looked at
 */
public record Linearization<C>(Verdict verdict, List<TimedCall<C>> placed, List<TimedCall<C>> unplaced, long states) {
    /** How many of the calls that could be placed are worth reading. */
    private static final int PLACED_LINES_MAX = 8;

    /** What the search says. */
    public enum Verdict {
        LINEARIZABLE,
        NOT_LINEARIZABLE,
        /** It was given up before all orders were tried. */
        UNDECIDED
    }

    public Linearization {
        placed = List.copyOf(placed);
        unplaced = List.copyOf(unplaced);
    }

    /** The end of the longest order, and what cannot follow it. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        int from = Math.max(0, placed.size() - PLACED_LINES_MAX);
        if (from > 0) {
            lines.add("(" + from + " calls before)");
        }
        placed.subList(from, placed.size()).forEach(call -> lines.add(call.line()));
        unplaced.forEach(call -> lines.add("cannot follow: " + call.line()));
        return lines;
    }
}
