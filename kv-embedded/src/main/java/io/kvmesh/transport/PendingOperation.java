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
    private @Nullable PeerSession[] sessions = new PeerSession[REQUESTS_TYPICAL];
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
    synchronized boolean add(PeerSession session, int verbCode, int frameBytes) {
        if (ended) {
            return false;
        }
        if (count == requests.length) {
            sessions = Arrays.copyOf(sessions, count * 2);
            requests = Arrays.copyOf(requests, count * 2);
        }
        sessions[count] = session;
        requests[count] = (long) verbCode << 32 | frameBytes;
        count++;
        return true;
    }

    /**
     * Releases one request of that verb to that session, because it was answered or failed.
     *
     * @return whether there was one; a duplicate answer finds none
     */
    synchronized boolean settle(PeerSession session, int verbCode) {
        for (int i = 0; i < count; i++) {
            if (sessions[i] == session && requests[i] >>> 32 == verbCode) {
                removeAt(i);
                return true;
            }
        }
        return false;
    }

    /** Releases all requests to a session and tells how many there were. */
    synchronized int settleAll(PeerSession session) {
        int settled = 0;
        for (int i = count - 1; i >= 0; i--) {
            if (sessions[i] == session) {
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
        PeerSession session = sessions[index];
        if (session != null) {
            session.release((int) requests[index]);
        }
        count--;
        System.arraycopy(sessions, index + 1, sessions, index, count - index);
        System.arraycopy(requests, index + 1, requests, index, count - index);
        sessions[count] = null;
    }
}
