package io.kvmesh.testkit.bench.storage;

import java.util.List;

/** Opens one kind of engine. Found through {@link java.util.ServiceLoader}. Stateless. */
public interface EngineProvider {

    /** What the command line calls the engine. */
    String name();

    /** The engine's version and the settings that matter for a comparison, in one line. */
    String describe(EngineSettings settings);

    /** Opens the directory, which exists, and recovers what it holds. */
    BenchEngine open(EngineSettings settings);

    /** Whether an unsynced write that returned is still there after a SIGKILL. */
    boolean survivesKill();

    /** What the JVM needs on its command line to run the engine. */
    default List<String> jvmArguments() {
        return List.of();
    }
}
