package io.kvmesh.testkit.history;

import java.util.List;
import java.util.Optional;

/** One entry of a map: a register that can be read, set, deleted and set under a condition. Stateless. */
public final class EntryModel implements SequentialModel<Optional<String>, EntryCall> {
    @Override
    public Optional<String> initial() {
        return Optional.empty();
    }

    @Override
    public List<Optional<String>> step(Optional<String> state, EntryCall call) {
        String present = state.orElse(null);
        if (!call.agreesWith(present)) {
            return List.of();
        }
        return List.of(call.appliesTo(present) ? Optional.ofNullable(call.value()) : state);
    }
}
