package io.kvmesh.membership;

import io.kvmesh.model.NodeId;
import io.kvmesh.transport.PeerId;

/**
 * The number of an attempt to decide. Immutable, ordered; no two attempts have the same one, also not of two runs of a
 * member, since a run has its own generation.
 *
 * @param round zero for no ballot at all
 */
record Ballot(long round, PeerId proposer) implements Comparable<Ballot> {
    static final Ballot NONE = new Ballot(0, new PeerId(new NodeId(0), 0));

    @Override
    public int compareTo(Ballot other) {
        int byRound = Long.compare(round, other.round);
        if (byRound != 0) {
            return byRound;
        }
        int byNode = proposer.node().compareTo(other.proposer.node());
        return byNode != 0 ? byNode : Long.compare(proposer.generation(), other.proposer.generation());
    }

    boolean isBelow(Ballot other) {
        return compareTo(other) < 0;
    }
}
