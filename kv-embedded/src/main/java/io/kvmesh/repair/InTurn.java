package io.kvmesh.repair;

import java.util.Iterator;
import java.util.function.BiConsumer;

/** Does something that takes its time with one thing after the other. Stateless. */
final class InTurn {
    private InTurn() {}

    /** @param action is told what to do when it is done with a thing */
    static <T> void each(Iterator<T> things, BiConsumer<T, Runnable> action, Runnable end) {
        if (things.hasNext()) {
            action.accept(things.next(), () -> each(things, action, end));
        } else {
            end.run();
        }
    }
}
