package io.kvmesh.testkit.history;

import java.util.List;

/** A call that fails does so with a {@link io.kvmesh.api.KvException}. Stateless. */
public final class ErrorsAreOfTheStore implements Checker {
    @Override
    public List<Violation> check(Evidence evidence) {
        return evidence.history().undocumentedErrors().stream()
                .map(failed -> new Violation(
                        name(),
                        "a call failed with " + failed.error(),
                        failed.operation().returnNanos(),
                        List.of(failed.operation().toString())))
                .toList();
    }
}
