package io.kvmesh.testkit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What happened: a hash over all events, to compare runs, and the last events in words, to read. Confined to the
 * simulation's thread.
 */
final class SimTrace {
    /** How many of the last events can be read. */
    static final int TIMELINE_EVENTS_MAX = 400;

    private static final double NANOS_PER_SECOND = 1e9;

    private final ArrayDeque<Entry> entries = new ArrayDeque<>(TIMELINE_EVENTS_MAX);
    private long hash;

    /** The texts of details are made when somebody reads them: most never are. */
    private record Entry(long timeNanos, int member, EventKind kind, Object detail) {
        String line() {
            String who = member < 0 ? "-" : "m" + member;
            return String.format(
                    Locale.ROOT, "%12.6f s  %-3s  %-6s %s", timeNanos / NANOS_PER_SECOND, who, kind, detail);
        }
    }

    /** Adds an event to the hash and to the timeline. The detail must not change any more. */
    void event(long timeNanos, int member, EventKind kind, Object detail) {
        hashOnly(timeNanos, member, kind, 0);
        if (entries.size() == TIMELINE_EVENTS_MAX) {
            entries.removeFirst();
        }
        entries.addLast(new Entry(timeNanos, member, kind, detail));
    }

    /** Adds to the hash alone. */
    void hashOnly(long timeNanos, int member, EventKind kind, long value) {
        hash = mix(hash ^ timeNanos);
        hash = mix(hash ^ (((long) member << 32) ^ kind.name().hashCode()));
        hash = mix(hash ^ value);
    }

    long hash() {
        return hash;
    }

    /** The last events, oldest first, a line each. */
    List<String> timeline() {
        List<String> lines = new ArrayList<>(entries.size());
        entries.forEach(entry -> lines.add(entry.line()));
        return lines;
    }

    private static long mix(long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
