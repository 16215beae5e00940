package io.kvmesh.testkit;

/**
 * The simulation found something that must not happen. The message names the seed and ends with the last events.
 * Immutable.
 */
public final class SimulationFailure extends AssertionError {
    private static final long serialVersionUID = 1L;

    private final String summary;

    SimulationFailure(String summary, String circumstances) {
        super(summary + "\n" + circumstances);
        this.summary = summary;
    }

    SimulationFailure(String summary, String circumstances, Throwable cause) {
        super(summary + "\n" + circumstances, cause);
        this.summary = summary;
    }

    /** The message without seed and events. */
    public String summary() {
        return summary;
    }
}
