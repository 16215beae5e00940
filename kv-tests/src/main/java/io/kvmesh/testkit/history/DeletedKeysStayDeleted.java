package io.kvmesh.testkit.history;

import java.util.List;

/** No read sees a value that was deleted before, under the conditions of {@link ReadsAreFresh}. Stateless. */
public final class DeletedKeysStayDeleted implements Checker {
    @Override
    public List<Violation> check(Evidence evidence) {
        return StaleReads.find(evidence, read -> true).stream()
                .filter(stale -> !stale.missedWrite())
                .map(stale -> new Violation(
                        name(), "a deleted value came back", stale.read().returnNanos(), stale.lines()))
                .toList();
    }
}
