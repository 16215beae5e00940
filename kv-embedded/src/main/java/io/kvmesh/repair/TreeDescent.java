package io.kvmesh.repair;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.model.Hash128;
import io.kvmesh.model.NodeId;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;

/**
 * Finds the leaves in which another replica differs: the roots are compared first, and only below nodes that differ it
 * goes on. Its steps follow each other.
 */
final class TreeDescent {
    private final RepairSeams seams;
    private final NodeId peer;
    private final CompareScope scope;
    private final MerkleTree own;
    private final Consumer<BitSet> onDone;
    private final Consumer<String> onFailed;
    private int level;
    /** Nodes of the level that differ. */
    private List<Integer> differing = new ArrayList<>();
    /** How many of them were looked below. */
    private int entered;
    /** Nodes of the next level that differ, as far as is known. */
    private List<Integer> below = new ArrayList<>();

    private TreeDescent(
            RepairSeams seams,
            NodeId peer,
            CompareScope scope,
            MerkleTree own,
            Consumer<BitSet> onDone,
            Consumer<String> onFailed) {
        this.seams = seams;
        this.peer = peer;
        this.scope = scope;
        this.own = own;
        this.onDone = onDone;
        this.onFailed = onFailed;
    }

    /** @param onDone takes the leaves that differ, none if all is equal */
    static void start(
            RepairSeams seams,
            NodeId peer,
            CompareScope scope,
            MerkleTree own,
            Consumer<BitSet> onDone,
            Consumer<String> onFailed) {
        TreeDescent descent = new TreeDescent(seams, peer, scope, own, onDone, onFailed);
        RepairCall.ask(seams, peer, MerkleMessages.root(scope, own.levels()), descent::onRoot, onFailed);
    }

    private void onRoot(ByteReader reply) {
        long keys = reply.readLong();
        Hash128 root = MerkleMessages.readNode(reply);
        if (keys != own.keys() || !root.equals(own.root())) {
            differing.add(0);
        }
        descend();
    }

    private void descend() {
        while (entered == differing.size() && entered > 0 && level < own.levels()) {
            level++;
            differing = below;
            below = new ArrayList<>();
            entered = 0;
        }
        if (differing.isEmpty() || level == own.levels()) {
            finish();
            return;
        }
        int end = Math.min(differing.size(), entered + MerkleMessages.NODES_MAX);
        List<Integer> asked = differing.subList(entered, end);
        RepairCall.ask(
                seams,
                peer,
                MerkleMessages.children(scope, own.levels(), level, asked),
                reply -> onChildren(asked, reply),
                onFailed);
    }

    private void onChildren(List<Integer> asked, ByteReader reply) {
        for (int node : asked) {
            for (int child = 0; child < MerkleTree.FAN_OUT; child++) {
                int index = node * MerkleTree.FAN_OUT + child;
                if (!MerkleMessages.readNode(reply).equals(own.node(level + 1, index))) {
                    below.add(index);
                }
            }
        }
        entered += asked.size();
        descend();
    }

    private void finish() {
        BitSet leaves = new BitSet();
        differing.forEach(leaves::set);
        onDone.accept(leaves);
    }
}
