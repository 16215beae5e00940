package io.kvmesh.testkit.history;

import java.util.List;
import java.util.stream.Stream;

/** No code of a member throws where it must not, and nothing is logged as ERROR without a reason. Stateless. */
public final class NothingFailsInside implements Checker {
    @Override
    public List<Violation> check(Evidence evidence) {
        EndState end = evidence.end();
        return Stream.concat(
                        end.codeFailures().stream().map(line -> "code of a member failed: " + line),
                        end.loggedErrors().stream().map(line -> "a member logged an error: " + line))
                .map(message -> new Violation(name(), message, end.atNanos(), List.of()))
                .toList();
    }
}
