package io.kvmesh.testkit.history;

import java.util.List;

/** Every call returns, with a result or an error, as long as its process lives. Stateless. */
public final class EveryCallEnds implements Checker {
    @Override
    public List<Violation> check(Evidence evidence) {
        return evidence.history().operations().stream()
                .filter(operation -> operation.result() == OperationResult.OPEN)
                .map(operation -> new Violation(
                        name(), "a call never ended", evidence.end().atNanos(), List.of(operation.toString())))
                .toList();
    }
}
