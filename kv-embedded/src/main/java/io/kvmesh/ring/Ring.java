package io.kvmesh.ring;

import io.kvmesh.model.NodeId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The members' tokens, and for each partition the members that hold it. Immutable.
 *
 * <p>The replicas of a partition: walk clockwise from the partition's first position and meet each member at its first
 * token, until there are as many as the replication asks for or no member is left. Members of racks that have no
 * replica yet are preferred, see {@link ReplicaChoice}.
 */
public final class Ring {
    private final Partitioner partitioner;
    private final Replication replication;
    private final SortedMap<NodeId, RingMember> members;
    private final List<List<NodeId>> replicasByPartition;
    private final boolean inOneDataCenter;

    private Ring(Partitioner partitioner, Replication replication, SortedMap<NodeId, RingMember> members) {
        this.partitioner = partitioner;
        this.replication = replication;
        this.members = Collections.unmodifiableSortedMap(members);
        this.inOneDataCenter =
                members.values().stream().map(RingMember::dataCenter).distinct().count() <= 1;
        this.replicasByPartition = place(partitioner, replication, List.copyOf(members.values()));
    }

    /** The ring of the given members; a token that two of them claim belongs to the one with the smaller identity. */
    public static Ring of(Partitioner partitioner, Replication replication, Collection<RingMember> members) {
        TreeMap<NodeId, RingMember> sorted = new TreeMap<>();
        members.forEach(member -> sorted.put(member.node(), member));
        return new Ring(partitioner, replication, sorted);
    }

    /** As above, of members of equal weight in one rack. */
    public static Ring of(
            Partitioner partitioner, int replicationFactor, Map<NodeId, ? extends Collection<Token>> tokens) {
        List<RingMember> members = new ArrayList<>();
        tokens.forEach((node, nodeTokens) -> members.add(RingMember.of(node, List.copyOf(nodeTokens))));
        return of(partitioner, Replication.of(replicationFactor), members);
    }

    public Partitioner partitioner() {
        return partitioner;
    }

    public Replication replication() {
        return replication;
    }

    /** The copies asked for, also if there are too few members for them. */
    public int replicationFactor() {
        return replication.total();
    }

    /** All members, ordered by identity. */
    public List<NodeId> members() {
        return List.copyOf(members.keySet());
    }

    /** A member, or null if it is not of this ring. */
    public @Nullable RingMember member(NodeId node) {
        return members.get(node);
    }

    public SortedMap<NodeId, RingMember> membersByNode() {
        return members;
    }

    /** The tokens of a member; none if it is not of this ring. */
    public List<Token> tokensOf(NodeId node) {
        RingMember member = members.get(node);
        return member == null ? List.of() : member.tokens();
    }

    public boolean contains(NodeId node) {
        return members.containsKey(node);
    }

    /** Whether no two members are in different data centres. */
    public boolean isInOneDataCenter() {
        return inOneDataCenter;
    }

    /** The members that hold a partition, first replica first. Empty only for a ring without tokens. */
    public List<NodeId> replicasOf(int partition) {
        return replicasByPartition.get(partition);
    }

    /**
     * The members that a walk from the partition's start meets behind its replicas, in the order in which it meets
     * them: those that come next and are no replicas.
     *
     * @param countMax how many of them are wanted at most
     */
    public List<NodeId> behindReplicas(int partition, int countMax) {
        Token start = partitioner.startOf(partition);
        TreeMap<Distance, NodeId> behind = new TreeMap<>();
        for (RingMember member : members.values()) {
            if (!member.tokens().isEmpty() && !replicasOf(partition).contains(member.node())) {
                behind.put(Distance.nearest(start, member), member.node());
            }
        }
        return behind.values().stream().limit(countMax).toList();
    }

    /** How far a walk goes until it meets a member. Immutable. Two members that claim one token have an order. */
    private record Distance(Token token, boolean beyondEnd, NodeId node) implements Comparable<Distance> {
        static Distance nearest(Token start, RingMember member) {
            return member.tokens().stream()
                    .map(token -> new Distance(token, token.compareTo(start) < 0, member.node()))
                    .min(Comparator.naturalOrder())
                    .orElseThrow();
        }

        @Override
        public int compareTo(Distance other) {
            int byTurn = Boolean.compare(beyondEnd, other.beyondEnd);
            int byToken = byTurn != 0 ? byTurn : token.compareTo(other.token);
            return byToken != 0 ? byToken : node.compareTo(other.node);
        }
    }

    /** The share of all partitions (0 to 1) whose first replica is this member. */
    public double ownership(NodeId node) {
        int first = 0;
        for (List<NodeId> replicas : replicasByPartition) {
            if (!replicas.isEmpty() && replicas.get(0).equals(node)) {
                first++;
            }
        }
        return (double) first / partitioner.partitions();
    }

    /** How many partitions a member holds. */
    public int held(NodeId node) {
        int held = 0;
        for (List<NodeId> replicas : replicasByPartition) {
            held += replicas.contains(node) ? 1 : 0;
        }
        return held;
    }

    private static List<List<NodeId>> place(
            Partitioner partitioner, Replication replication, List<RingMember> members) {
        Positions positions = new Positions(members);
        ReplicaChoice choice = new ReplicaChoice(positions.members(), replication);
        List<List<NodeId>> placed = new ArrayList<>(partitioner.partitions());
        for (int partition = 0; partition < partitioner.partitions(); partition++) {
            List<NodeId> replicas = new ArrayList<>(choice.replicas());
            for (int member : walk(positions, positions.atOrBehind(partitioner.startOf(partition)), choice)) {
                replicas.add(positions.members().get(member).node());
            }
            placed.add(List.copyOf(replicas));
        }
        return placed;
    }

    private static int[] walk(Positions positions, int start, ReplicaChoice choice) {
        choice.begin();
        boolean complete = choice.replicas() == 0;
        for (int step = 0; !complete; step++) {
            complete = choice.meet(positions.owner((start + step) % positions.count()));
        }
        return choice.chosen();
    }
}
