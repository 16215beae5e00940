package io.kvmesh.examples.counter;

import io.kvmesh.api.KvMap;

/**
 * Counts the visits of pages the obvious way, and loses some: between the read and the write another visitor may have
 * counted too. Safe for any thread, and yet wrong.
 */
final class NaiveCounter {
    private final KvMap<String, Long> visits;

    NaiveCounter(KvMap<String, Long> visits) {
        this.visits = visits;
    }

    /** Counts one visit, and yields its number: 1 for the first one of the page. */
    long count(String page) {
        long number = visits.getOrDefault(page, 0L) + 1;
        visits.set(page, number);
        return number;
    }
}
