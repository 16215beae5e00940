package io.kvmesh.testkit.history;

import java.util.List;

/** When nothing goes on, nothing is in use: operations, budgets of peers, open files. Stateless. */
public final class NothingLeaks implements Checker {
    @Override
    public List<Violation> check(Evidence evidence) {
        return evidence.end().leaks().stream()
                .map(leak -> new Violation(name(), leak, evidence.end().atNanos(), List.of()))
                .toList();
    }
}
