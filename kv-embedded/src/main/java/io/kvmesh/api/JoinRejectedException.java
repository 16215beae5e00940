package io.kvmesh.api;

/** Another member refused to talk to this one. The message names its reason and what to change. */
public final class JoinRejectedException extends KvException {
    private static final long serialVersionUID = 1L;

    public JoinRejectedException(String message) {
        super(message, Outcome.NOT_APPLIED, false);
    }
}
