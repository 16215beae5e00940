package io.kvmesh.testkit.history;

/** What the caller knows of an operation. */
public enum OperationResult {
    /** It has not ended: its process died, or it hangs. It may take effect at any time. */
    OPEN,
    /** It returned normally. */
    DONE,
    /** It failed, and the error says that nothing was written. */
    NOTHING_DONE,
    /** It failed, and may have taken effect, or may do so at any later time. */
    UNKNOWN
}
