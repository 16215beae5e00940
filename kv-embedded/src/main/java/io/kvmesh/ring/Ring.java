package io.kvmesh.ring;

import io.kvmesh.model.NodeId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The members' tokens, and for each partition the members that hold it. Immutable.
 *
 * <p>The replicas of a partition: walk clockwise from the partition's first position and take each member at its first
 * token, until there are as many as the replication factor or no member is left.
 */
public final class Ring {
    private final Partitioner partitioner;
    private final int replicationFactor;
    private final SortedMap<NodeId, List<Token>> tokensByNode;
    private final List<List<NodeId>> replicasByPartition;

    private Ring(Partitioner partitioner, int replicationFactor, SortedMap<NodeId, List<Token>> tokensByNode) {
        this.partitioner = partitioner;
        this.replicationFactor = replicationFactor;
        this.tokensByNode = tokensByNode;
        this.replicasByPartition = place(partitioner, replicationFactor, tokensByNode);
    }

    /** The ring of the given members; a token that two of them claim belongs to the one with the smaller identity. */
    public static Ring of(
            Partitioner partitioner, int replicationFactor, Map<NodeId, ? extends Collection<Token>> tokens) {
        TreeMap<NodeId, List<Token>> copy = new TreeMap<>();
        tokens.forEach((node, nodeTokens) -> copy.put(node, List.copyOf(nodeTokens)));
        return new Ring(partitioner, replicationFactor, Collections.unmodifiableSortedMap(copy));
    }

    public Partitioner partitioner() {
        return partitioner;
    }

    public int replicationFactor() {
        return replicationFactor;
    }

    /** All members, ordered by identity. */
    public List<NodeId> members() {
        return List.copyOf(tokensByNode.keySet());
    }

    public SortedMap<NodeId, List<Token>> tokensByNode() {
        return tokensByNode;
    }

    public boolean contains(NodeId node) {
        return tokensByNode.containsKey(node);
    }

    /** The members that hold a partition, first replica first. Empty only for a ring without tokens. */
    public List<NodeId> replicasOf(int partition) {
        return replicasByPartition.get(partition);
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

    private static List<List<NodeId>> place(
            Partitioner partitioner, int replicationFactor, SortedMap<NodeId, List<Token>> tokensByNode) {
        TreeMap<Token, NodeId> owners = new TreeMap<>();
        tokensByNode.forEach((node, tokens) -> tokens.forEach(token -> owners.putIfAbsent(token, node)));
        List<Token> positions = List.copyOf(owners.keySet());
        List<NodeId> nodes = List.copyOf(owners.values());
        int members = (int) nodes.stream().distinct().count();
        int wanted = Math.min(replicationFactor, members);
        List<List<NodeId>> placed = new ArrayList<>(partitioner.partitions());
        for (int partition = 0; partition < partitioner.partitions(); partition++) {
            int at = Collections.binarySearch(positions, partitioner.startOf(partition));
            placed.add(walk(nodes, at >= 0 ? at : -at - 1, wanted));
        }
        return placed;
    }

    private static List<NodeId> walk(List<NodeId> nodes, int start, int wanted) {
        List<NodeId> replicas = new ArrayList<>(wanted);
        for (int step = 0; replicas.size() < wanted; step++) {
            NodeId node = nodes.get((start + step) % nodes.size());
            if (!replicas.contains(node)) {
                replicas.add(node);
            }
        }
        return List.copyOf(replicas);
    }
}
