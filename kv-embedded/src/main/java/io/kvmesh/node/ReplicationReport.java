package io.kvmesh.node;

import io.kvmesh.membership.ClusterView;
import io.kvmesh.ring.Replication;
import io.kvmesh.ring.RingMember;
import io.kvmesh.ring.RingState;
import java.util.List;

/** Tells where keys are stored less often, or by another rule, than this member's settings ask for. Stateless. */
final class ReplicationReport {
    private ReplicationReport() {}

    /** @param asked what the settings of this member say; the ring goes by what its founder's said */
    static void addProblems(ClusterView view, Replication asked, List<String> problems) {
        RingState state = view.ringState();
        if (state != null && !state.replication().equals(asked)) {
            problems.add("the settings of this member ask for replication " + asked + ", but the ring was founded with "
                    + state.replication() + ", which holds; set it so on this member");
        }
        Replication replication = view.ring().replication();
        if (replication.isPerDataCenter()) {
            replication
                    .byDataCenter()
                    .forEach((name, copies) ->
                            addIfTooFew(membersIn(view, name), copies, " in data centre " + name, problems));
        } else {
            addIfTooFew(view.ring().members().size(), replication.total(), "", problems);
        }
    }

    private static void addIfTooFew(int members, int copies, String where, List<String> problems) {
        if (members < copies) {
            problems.add("keys are stored " + members + " times instead of " + copies + where
                    + ", since the ring has no more members" + (where.isEmpty() ? "" : " there"));
        }
    }

    private static int membersIn(ClusterView view, String dataCenter) {
        int members = 0;
        for (RingMember member : view.ring().membersByNode().values()) {
            members += member.dataCenter().equals(dataCenter) ? 1 : 0;
        }
        return members;
    }
}
