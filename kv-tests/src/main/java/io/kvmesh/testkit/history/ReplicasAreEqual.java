package io.kvmesh.testkit.history;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** After healing and repair all replicas of a key hold the same cell: version, value or tombstone. Stateless. */
public final class ReplicasAreEqual implements Checker {
    @Override
    public List<Violation> check(Evidence evidence) {
        List<Violation> violations = new ArrayList<>();
        evidence.end().cells().forEach((key, byMember) -> {
            if (new TreeSet<>(byMember.values()).size() > 1) {
                List<String> lines = new ArrayList<>();
                byMember.forEach((member, cell) -> lines.add("m" + member + " has " + cell));
                violations.add(new Violation(
                        name(),
                        "the replicas of " + key + " differ",
                        evidence.end().atNanos(),
                        lines));
            }
        });
        return violations;
    }
}
