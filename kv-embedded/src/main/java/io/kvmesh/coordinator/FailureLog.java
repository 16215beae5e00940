package io.kvmesh.coordinator;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.KvException;
import io.kvmesh.api.MapSpecMismatchException;
import io.kvmesh.api.OverloadedException;
import io.kvmesh.api.StoreReadOnlyException;
import io.kvmesh.api.UnavailableException;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.NodeId;
import io.kvmesh.replica.Refusal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Remembers why replicas did not serve an operation. Guarded by its own monitor: a reply adds to it while the deadline
 * describes it.
 */
final class FailureLog {
    private final List<Entry> entries = new ArrayList<>(0);

    synchronized void add(NodeId replica, @Nullable Refusal refusal, String text) {
        entries.add(new Entry(replica, refusal, text));
    }

    /** The error for an operation of which nothing took effect. */
    synchronized KvException nothingDone(String operation, ClusterView view) {
        String message = operation + describe(view);
        for (Entry entry : entries) {
            if (entry.refusal == Refusal.SPEC_MISMATCH) {
                return new MapSpecMismatchException(message);
            }
        }
        if (areAll(Refusal.READ_ONLY)) {
            return new StoreReadOnlyException(message);
        }
        if (areAll(Refusal.CORRUPT)) {
            return new CorruptDataException(message);
        }
        for (Entry entry : entries) {
            if (entry.refusal == Refusal.OVERLOADED) {
                return new OverloadedException(message + "; retry after a pause");
            }
        }
        return new UnavailableException(message + "; retry, or ask for a lower consistency level");
    }

    private boolean areAll(Refusal refusal) {
        return !entries.isEmpty() && entries.stream().allMatch(entry -> entry.refusal == refusal);
    }

    /** A text that names the replicas that failed, to be appended to a sentence; empty if none did. */
    synchronized String describe(ClusterView view) {
        StringBuilder text = new StringBuilder();
        for (Entry entry : entries) {
            text.append(text.length() == 0 ? "; failed: " : ", ").append(name(view, entry.replica));
            if (entry.refusal == null) {
                text.append(" is not connected");
            } else {
                text.append(entry.refusal == Refusal.FAILED ? " failed (" : " refused (")
                        .append(entry.text)
                        .append(')');
            }
        }
        return text.toString();
    }

    /** Names members by identity and address. */
    static String names(ClusterView view, List<NodeId> nodes) {
        List<String> names = new ArrayList<>();
        for (NodeId node : nodes) {
            names.add(name(view, node));
        }
        return String.join(", ", names);
    }

    private static String name(ClusterView view, NodeId node) {
        ClusterView.Member member = view.member(node);
        String suffix = node.equals(view.self()) ? " (this member)" : "";
        return node + (member == null ? "" : " at " + member.address()) + suffix;
    }

    private record Entry(NodeId replica, @Nullable Refusal refusal, String text) {}
}
