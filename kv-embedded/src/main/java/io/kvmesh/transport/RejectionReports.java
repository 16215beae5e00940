package io.kvmesh.transport;

import io.kvmesh.runtime.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the operator and the listener why a session was refused, once a minute for each address and reason. Confined
 * to the control lane.
 */
final class RejectionReports {
    /** Addresses whose last report is remembered; beyond it the eldest is forgotten and may be reported again early. */
    static final int ADDRESSES_MAX = 256;

    private static final Logger LOG = LoggerFactory.getLogger(RejectionReports.class);

    private final Clock clock;
    private final PeerSessions.Listener listener;
    private final Map<PeerAddress, Report> reports = new LinkedHashMap<>();

    private record Report(String reason, long atNanos) {}

    RejectionReports(Clock clock, PeerSessions.Listener listener) {
        this.clock = clock;
        this.listener = listener;
    }

    void rejectedBy(PeerAddress address, String reason) {
        if (isNews(address, reason)) {
            LOG.warn("the member at {} refused to talk to this one: {}", address, reason);
            listener.onRejected(address, reason);
        }
    }

    void rejected(PeerAddress address, String reason) {
        if (isNews(address, reason)) {
            LOG.warn("refused to talk to the member at {}: {}", address, reason);
            listener.onRejected(address, reason);
        }
    }

    private boolean isNews(PeerAddress address, String reason) {
        long now = clock.monotonicNanos();
        Report last = reports.get(address);
        if (last != null && last.reason().equals(reason) && now - last.atNanos() < LogThrottle.INTERVAL_NANOS) {
            return false;
        }
        if (last == null && reports.size() >= ADDRESSES_MAX) {
            reports.remove(reports.keySet().iterator().next());
        }
        reports.put(address, new Report(reason, now));
        return true;
    }
}
