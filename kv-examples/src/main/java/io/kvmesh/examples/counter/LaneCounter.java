package io.kvmesh.examples.counter;

import io.kvmesh.api.KvMap;
import java.util.Collection;

/**
 * Counts the visits of a page in a lane of its own: a key that nobody else writes. Confined to one thread.
 *
 * <p>The sum over all lanes is the number of visits. Nothing is lost, as no two writers meet at a key, and nothing is
 * counted twice, as writing a lane's number again changes nothing.
 */
final class LaneCounter {
    private static final long NOT_READ_YET = -1;

    private final KvMap<String, Long> visits;
    private final String key;
    private long counted = NOT_READ_YET;

    /** Goes on in a lane, which only one counter at a time may have in the whole mesh. */
    LaneCounter(KvMap<String, Long> visits, String page, String lane) {
        this.visits = visits;
        this.key = key(page, lane);
    }

    /**
     * Counts one visit. When this throws a {@link io.kvmesh.api.KvException}, call it again for the same visit: it is
     * counted once, whether the failed call had an effect or not.
     */
    void count() {
        if (counted == NOT_READ_YET) {
            counted = visits.getOrDefault(key, 0L);
        }
        visits.set(key, counted + 1);
        counted++;
    }

    /** The visits of a page, counted in all these lanes. */
    static long total(KvMap<String, Long> visits, String page, Collection<String> lanes) {
        long total = 0;
        for (String lane : lanes) {
            total += visits.getOrDefault(key(page, lane), 0L);
        }
        return total;
    }

    private static String key(String page, String lane) {
        return page + "/" + lane;
    }
}
