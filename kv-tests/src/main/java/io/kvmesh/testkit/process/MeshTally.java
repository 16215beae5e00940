package io.kvmesh.testkit.process;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Adds up what the calls of all members came to, over the ends of their processes. Used by one thread. */
final class MeshTally {
    private final MeshProcesses mesh;
    /** By member, of the process that it has now. */
    private final List<CallTally> latest;

    private CallTally ended = CallTally.NONE;

    MeshTally(MeshProcesses mesh) {
        this.mesh = mesh;
        latest = new ArrayList<>(Collections.nCopies(mesh.size(), CallTally.NONE));
    }

    /** The calls of some members, which must run, since the start of their processes. */
    CallTally sample(List<Integer> members) {
        CallTally sum = CallTally.NONE;
        for (int member : members) {
            CallTally now = mesh.calls(member);
            latest.set(member, now);
            sum = sum.plus(now);
        }
        return sum;
    }

    /** The process of a member is gone; what it did after it was last asked is not known. */
    void onEnd(int member) {
        ended = ended.plus(latest.get(member));
        latest.set(member, CallTally.NONE);
    }

    /** All that is known. */
    CallTally total() {
        return latest.stream().reduce(ended, CallTally::plus);
    }
}
