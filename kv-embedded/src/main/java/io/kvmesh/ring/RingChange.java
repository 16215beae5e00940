package io.kvmesh.ring;

import io.kvmesh.model.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The difference between the ring before a change and the ring after it: who gains which partitions, and from whom they
 * may be fetched. Immutable.
 *
 * <p>What must hold: after the change every quorum of the new replicas has one that knows of a write which a quorum of
 * the old replicas acknowledged before. If each new replica takes over from the old one whose place it has, every
 * quorum of the old ones becomes a quorum of the new ones. If that old one is not there, the new one fetches from so
 * many others that every quorum of the old replicas has one of them. Replicas of each data centre are taken for
 * themselves, since there are quorums of each.
 */
public final class RingChange {
    private final Ring before;
    private final Ring after;
    private final Set<NodeId> removed;

    public RingChange(Ring before, Ring after) {
        this(before, after, Set.of());
    }

    /** @param removed members of whom somebody vouches that they are gone: what only they had is lost */
    public RingChange(Ring before, Ring after, Set<NodeId> removed) {
        this.before = before;
        this.after = after;
        this.removed = Set.copyOf(removed);
    }

    /** Whether other members hold a partition afterwards, or the same ones in another order. */
    public boolean touches(int partition) {
        return !before.replicasOf(partition).equals(after.replicasOf(partition));
    }

    /** Whether a member holds a partition only afterwards. */
    public boolean gains(NodeId node, int partition) {
        return after.replicasOf(partition).contains(node)
                && !before.replicasOf(partition).contains(node);
    }

    /** All who hold a partition afterwards that they do not hold before. */
    public SortedSet<NodeId> gainers() {
        TreeSet<NodeId> gainers = new TreeSet<>();
        for (int partition = 0; partition < before.partitioner().partitions(); partition++) {
            for (NodeId node : after.replicasOf(partition)) {
                if (!before.replicasOf(partition).contains(node)) {
                    gainers.add(node);
                }
            }
        }
        return gainers;
    }

    /**
     * The members from which one that gains a partition is to fetch it, all of them; null if too few are available now.
     * Empty if nobody held it.
     */
    public @Nullable List<NodeId> sources(int partition, NodeId gainer, Predicate<NodeId> isAvailable) {
        List<NodeId> old = inGroup(before, before.replicasOf(partition), gainer);
        List<NodeId> next = inGroup(after, after.replicasOf(partition), gainer);
        if (old.isEmpty()) {
            // The first copies in this data centre: those of all others stand for what there is.
            old = before.replicasOf(partition);
        }
        if (old.isEmpty()) {
            return List.of();
        }
        NodeId displaced = displacedBy(old, next, gainer);
        if (displaced != null && isAvailable.test(displaced)) {
            return List.of(displaced);
        }
        List<NodeId> left = left(old);
        List<NodeId> available = left.stream().filter(isAvailable).toList();
        return available.size() >= Math.min(left.size(), enough(old)) ? available : null;
    }

    /** Whether enough members are available for all that is gained. */
    public boolean canBeFetched(Predicate<NodeId> isAvailable) {
        for (int partition = 0; partition < before.partitioner().partitions(); partition++) {
            for (NodeId node : after.replicasOf(partition)) {
                if (gains(node, partition) && sources(partition, node, isAvailable) == null) {
                    return false;
                }
            }
        }
        return true;
    }

    /**
     * Whether quorums of the new replicas know what quorums of the old ones acknowledged, once all that is gained is
     * fetched. They do not if so many copies go at once that those that stay are a quorum by themselves.
     */
    public boolean keepsQuorums() {
        for (int partition = 0; partition < before.partitioner().partitions(); partition++) {
            List<NodeId> old = before.replicasOf(partition);
            List<NodeId> next = after.replicasOf(partition);
            List<NodeId> staying = new ArrayList<>(old);
            staying.retainAll(next);
            boolean samePlaces = old.size() == next.size() || old.stream().anyMatch(removed::contains);
            if (!samePlaces && staying.size() >= quorum(next) && quorum(old) + quorum(next) <= old.size()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether no quorum of the old replicas of any partition is left that could answer somebody who does not know of
     * the change.
     *
     * @param knows whether a member knows of it, and refuses those who do not
     */
    public boolean isKnownToQuorums(Predicate<NodeId> knows) {
        for (int partition = 0; partition < before.partitioner().partitions(); partition++) {
            List<NodeId> old = before.replicasOf(partition);
            if (touches(partition) && !old.isEmpty()) {
                List<NodeId> left = left(old);
                long knowing = left.stream().filter(knows).count();
                if (knowing < Math.min(left.size(), enough(old))) {
                    return false;
                }
            }
        }
        return true;
    }

    private List<NodeId> left(List<NodeId> old) {
        return old.stream().filter(node -> !removed.contains(node)).toList();
    }

    /** So many have one of every quorum among them. */
    private static int enough(List<NodeId> replicas) {
        return replicas.size() - quorum(replicas) + 1;
    }

    private static int quorum(List<NodeId> replicas) {
        return replicas.size() / 2 + 1;
    }

    /** The n-th new replica has the place of the n-th that goes. */
    private static @Nullable NodeId displacedBy(List<NodeId> old, List<NodeId> next, NodeId gainer) {
        List<NodeId> gone = new ArrayList<>(old);
        gone.removeAll(next);
        List<NodeId> come = new ArrayList<>(next);
        come.removeAll(old);
        int index = come.indexOf(gainer);
        // With more copies than before, quorums grow, and no place is exactly another's.
        return old.size() == next.size() && index >= 0 && index < gone.size() ? gone.get(index) : null;
    }

    /** Those of the replicas that are counted together with a member. */
    private List<NodeId> inGroup(Ring ring, List<NodeId> replicas, NodeId member) {
        RingMember self = after.member(member);
        if (self == null || !ring.replication().isPerDataCenter()) {
            return replicas;
        }
        return replicas.stream()
                .filter(node -> {
                    RingMember other = ring.member(node);
                    return other != null && other.dataCenter().equals(self.dataCenter());
                })
                .toList();
    }
}
