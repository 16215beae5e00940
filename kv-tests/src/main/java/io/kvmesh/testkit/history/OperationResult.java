package io.kvmesh.testkit.history;

/** What the caller knows of an operation. */
public enum OperationResult {
    /** It has not ended: it hangs, or the history does. It may take effect at any time. */
    OPEN,
    /** It returned normally. */
    DONE,
    /** It failed, and the error says that nothing was written. */
    NOTHING_DONE,
    /**
     * It failed, or its process ended. It may have taken effect, or may do so at any later time, with the stamp that it
     * had: whoever called no longer tries.
     */
    UNKNOWN
}
