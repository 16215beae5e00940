package io.kvmesh.transport;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One registered operation and the requests of it that await replies. Guarded by its own monitor; it calls nobody
 * while it holds it.
 */
final class PendingOperation {
    private static final int REQUESTS_TYPICAL = 4;

    final long correlation;
    final ReplyHandler handler;
    final long deadlineNanos;
    private @Nullable PeerBudget[] peers = new PeerBudget[REQUESTS_TYPICAL];
    /** Verb code and frame size of each request: the code in the upper half. */
    private long[] requests = new long[REQUESTS_TYPICAL];

    private int count;
    private boolean ended;

    PendingOperation(long correlation, ReplyHandler handler, long deadlineNanos) {
        this.correlation = correlation;
        this.handler = handler;
        this.deadlineNanos = deadlineNanos;
    }

    /** Notes a request, which already holds its part of the budget. False if the operation has ended. */
    synchronized boolean add(PeerBudget peer, int verbCode, int frameBytes) {
        if (ended) {
            return false;
        }
        if (count == requests.length) {
            peers = Arrays.copyOf(peers, count * 2);
            requests = Arrays.copyOf(requests, count * 2);
        }
        peers[count] = peer;
        requests[count] = (long) verbCode << 32 | frameBytes;
        count++;
        return true;
    }

    /**
     * Releases one request of that verb to that peer, because it was answered or failed.
     *
     * @return whether there was one; a duplicate answer finds none
     */
    synchronized boolean settle(PeerBudget peer, int verbCode) {
        for (int i = 0; i < count; i++) {
            if (peers[i] == peer && requests[i] >>> 32 == verbCode) {
                removeAt(i);
                return true;
            }
        }
        return false;
    }

    /** Releases all requests to a peer and tells how many there were. */
    synchronized int settleAll(PeerBudget peer) {
        int settled = 0;
        for (int i = count - 1; i >= 0; i--) {
            if (peers[i] == peer) {
                removeAt(i);
                settled++;
            }
        }
        return settled;
    }

    /** Releases everything; from here on nothing can be added or settled. */
    synchronized void end() {
        ended = true;
        while (count > 0) {
            removeAt(count - 1);
        }
    }

    private void removeAt(int index) {
        PeerBudget peer = peers[index];
        if (peer != null) {
            peer.release((int) requests[index]);
        }
        count--;
        System.arraycopy(peers, index + 1, peers, index, count - index);
        System.arraycopy(requests, index + 1, requests, index, count - index);
        peers[count] = null;
    }
}
