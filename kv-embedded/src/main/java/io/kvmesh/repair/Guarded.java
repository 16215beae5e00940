package io.kvmesh.repair;

import io.kvmesh.api.KvException;
import io.kvmesh.codec.MalformedBytesException;
import java.util.function.Consumer;

/** Runs steps whose failure ends a comparison, and nothing else. Stateless. */
final class Guarded {
    private Guarded() {}

    static void run(Runnable step, Consumer<String> onFailed) {
        try {
            step.run();
        } catch (KvException | MalformedBytesException e) {
            onFailed.accept(String.valueOf(e.getMessage()));
        }
    }
}
