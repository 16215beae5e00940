package io.kvmesh.testkit;

/**
 * How many frames the network saw so far. Immutable.
 *
 * @param sent given to the network
 * @param delivered taken by a receiver, duplicates included
 * @param dropped lost, cut off, or without a receiver
 * @param duplicated sent on twice
 */
public record NetworkCounts(long sent, long delivered, long dropped, long duplicated) {
    static final NetworkCounts NONE = new NetworkCounts(0, 0, 0, 0);

    NetworkCounts plusSent() {
        return new NetworkCounts(sent + 1, delivered, dropped, duplicated);
    }

    NetworkCounts plusDelivered() {
        return new NetworkCounts(sent, delivered + 1, dropped, duplicated);
    }

    NetworkCounts plusDropped() {
        return new NetworkCounts(sent, delivered, dropped + 1, duplicated);
    }

    NetworkCounts plusDuplicated() {
        return new NetworkCounts(sent, delivered, dropped, duplicated + 1);
    }
}
