package io.kvmesh.ring;

import io.kvmesh.api.KvConfig;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How often, and where, each partition is stored: so many times wherever that is, or so many times in each data centre
 * named. Immutable.
 */
public final class Replication {
    private final int anywhere;
    private final SortedMap<String, Integer> byDataCenter;

    private Replication(int anywhere, SortedMap<String, Integer> byDataCenter) {
        this.anywhere = anywhere;
        this.byDataCenter = Collections.unmodifiableSortedMap(byDataCenter);
    }

    /** As a store's settings ask for it. */
    public static Replication of(KvConfig config) {
        return config.replication().isEmpty() ? of(config.replicationFactor()) : perDataCenter(config.replication());
    }

    /** So many copies on as many racks as possible, whatever the data centre. */
    public static Replication of(int factor) {
        requireFactor(factor, "");
        return new Replication(factor, new TreeMap<>());
    }

    /** So many copies in each of these data centres, and none in others. */
    public static Replication perDataCenter(Map<String, Integer> factors) {
        if (factors.isEmpty()) {
            throw new IllegalArgumentException("replication by data centre needs the name of one at least");
        }
        factors.forEach((dataCenter, factor) -> requireFactor(factor, " of data centre " + dataCenter));
        return new Replication(0, new TreeMap<>(factors));
    }

    private static void requireFactor(int factor, String where) {
        if (factor < 1 || factor > KvConfig.REPLICATION_FACTOR_MAX) {
            throw new IllegalArgumentException("replication factor " + factor + where + " must be between 1 and "
                    + KvConfig.REPLICATION_FACTOR_MAX);
        }
    }

    /** Whether each data centre has a number of its own. */
    public boolean isPerDataCenter() {
        return anywhere == 0;
    }

    /** All copies, if there are enough members for them. */
    public int total() {
        int total = anywhere;
        for (int factor : byDataCenter.values()) {
            total += factor;
        }
        return total;
    }

    /** Copies in the data centres named; empty if it does not matter where they are. */
    public SortedMap<String, Integer> byDataCenter() {
        return byDataCenter;
    }

    /** The copies among which a member's place is chosen: those of its data centre, or all. 0 if it holds none. */
    int factorFor(RingMember member) {
        return isPerDataCenter() ? byDataCenter.getOrDefault(member.dataCenter(), 0) : anywhere;
    }

    /** Which members share {@link #factorFor}. */
    String groupOf(RingMember member) {
        return isPerDataCenter() ? member.dataCenter() : "";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Replication that && anywhere == that.anywhere && byDataCenter.equals(that.byDataCenter);
    }

    @Override
    public int hashCode() {
        return 31 * anywhere + byDataCenter.hashCode();
    }

    /** As {@code 3}, or as {@code east=3, west=2}. */
    @Override
    public String toString() {
        return isPerDataCenter()
                ? byDataCenter.entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .collect(Collectors.joining(", "))
                : Integer.toString(anywhere);
    }
}
