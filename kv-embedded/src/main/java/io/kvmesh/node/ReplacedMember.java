package io.kvmesh.node;

import io.kvmesh.api.KvConfig;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.RingState;
import java.util.Optional;

/** Tells why a new member does not get the place of the one that it is to replace. Stateless. */
final class ReplacedMember {
    private ReplacedMember() {}

    /** A sentence; empty if nothing stands in the way, or this member has its place. */
    static Optional<String> problem(KvConfig config, ClusterView view) {
        RingState ring = view.ringState();
        if (config.replaces().isEmpty() || ring == null || ring.standing(view.self()) != null) {
            return Optional.empty();
        }
        NodeId replaced = NodeId.parse(config.replaces().get());
        if (ring.standing(replaced) == null) {
            return Optional.of("this member waits for the place of member " + replaced
                    + ", which is not in the ring: its members are "
                    + ring.seats().keySet()
                    + "; correct the setting replaces, or leave it out");
        }
        return view.isAlive(replaced)
                ? Optional.of("this member waits for the place of member " + replaced
                        + ", which is alive: stop that one, or correct the setting replaces")
                : Optional.empty();
    }
}
