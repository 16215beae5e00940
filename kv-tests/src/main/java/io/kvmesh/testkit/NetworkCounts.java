package io.kvmesh.testkit;

/**
 * How many frames the network saw so far. Immutable.
 *
 * @param sent given to the network
 * @param sentBytes what these weigh
 * @param delivered taken by a receiver, duplicates included
 * @param dropped lost, cut off, or without a receiver
 * @param duplicated sent on twice
 */
public record NetworkCounts(long sent, long sentBytes, long delivered, long dropped, long duplicated) {
    static final NetworkCounts NONE = new NetworkCounts(0, 0, 0, 0, 0);

    NetworkCounts plusSent(int bytes) {
        return new NetworkCounts(sent + 1, sentBytes + bytes, delivered, dropped, duplicated);
    }

    NetworkCounts plusDelivered() {
        return new NetworkCounts(sent, sentBytes, delivered + 1, dropped, duplicated);
    }

    NetworkCounts plusDropped() {
        return new NetworkCounts(sent, sentBytes, delivered, dropped + 1, duplicated);
    }

    NetworkCounts plusDuplicated() {
        return new NetworkCounts(sent, sentBytes, delivered, dropped, duplicated + 1);
    }
}
