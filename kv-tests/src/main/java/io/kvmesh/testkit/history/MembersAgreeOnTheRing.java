package io.kvmesh.testkit.history;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** After healing all members take the ring to be the same. Stateless. */
public final class MembersAgreeOnTheRing implements Checker {
    @Override
    public List<Violation> check(Evidence evidence) {
        if (new TreeSet<>(evidence.end().rings().values()).size() <= 1) {
            return List.of();
        }
        List<String> lines = new ArrayList<>();
        evidence.end().rings().forEach((member, ring) -> lines.add("m" + member + ": " + ring));
        return List.of(new Violation(
                name(), "members do not agree on the ring", evidence.end().atNanos(), lines));
    }
}
