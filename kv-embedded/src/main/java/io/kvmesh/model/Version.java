package io.kvmesh.model;

/**
 * When and where a value was written: a hybrid-logical-clock stamp in microseconds, ties broken by the member that
 * coordinated the write. The greater version wins. Immutable.
 */
public record Version(long timestampMicros, NodeId origin) implements Comparable<Version> {

    @Override
    public int compareTo(Version other) {
        int byTime = Long.compare(timestampMicros, other.timestampMicros);
        return byTime != 0 ? byTime : origin.compareTo(other.origin);
    }

    public boolean isNewerThan(Version other) {
        return compareTo(other) > 0;
    }

    @Override
    public String toString() {
        return timestampMicros + "@" + origin;
    }
}
