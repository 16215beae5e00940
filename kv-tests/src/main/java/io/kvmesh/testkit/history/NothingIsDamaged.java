package io.kvmesh.testkit.history;

import java.util.List;

/**
 * No file is damaged on a disk that keeps what it is told to keep. A member that finds damage lets the other replicas
 * repair it, so that its own mistakes would not be seen otherwise. Stateless.
 */
public final class NothingIsDamaged implements Checker {
    @Override
    public List<Violation> check(Evidence evidence) {
        return evidence.end().damages().stream()
                .map(damage -> new Violation(name(), damage, evidence.end().atNanos(), List.of()))
                .toList();
    }
}
