package io.kvmesh.testkit.history;

import java.util.List;

/** After all faults are over and the members see each other, no call fails. Stateless. */
public final class CallsSucceedWhenAllIsWell implements Checker {
    @Override
    public List<Violation> check(Evidence evidence) {
        if (evidence.losses().isBeyondPower()) {
            // A lost member is missed until it is replaced, and damaged data is not read.
            return List.of();
        }
        return evidence.history().operations().stream()
                .filter(operation -> operation.callNanos() >= evidence.finalSinceNanos()
                        && operation.result() != OperationResult.DONE
                        && operation.result() != OperationResult.OPEN)
                .map(operation -> new Violation(
                        name(),
                        "a call failed although all members were well",
                        operation.returnNanos(),
                        List.of(operation.toString())))
                .toList();
    }
}
