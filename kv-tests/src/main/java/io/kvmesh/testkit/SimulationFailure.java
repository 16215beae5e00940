package io.kvmesh.testkit;

/**
 * The simulation found something that must not happen. The message names the seed and ends with the last events.
 * Immutable.
 */
public final class SimulationFailure extends AssertionError {
    private static final long serialVersionUID = 1L;

    SimulationFailure(String message) {
        super(message);
    }

    SimulationFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
