package io.kvmesh.transport.jgroups;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.util.concurrent.atomic.AtomicInteger;

/** An object whose deserialization does something, as an attacker's would. */
final class SideEffect implements Serializable {
    private static final long serialVersionUID = 1L;
    static final AtomicInteger RUNS = new AtomicInteger();

    private final int value;

    SideEffect(int value) {
        this.value = value;
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
        in.defaultReadObject();
        RUNS.addAndGet(value);
    }
}
