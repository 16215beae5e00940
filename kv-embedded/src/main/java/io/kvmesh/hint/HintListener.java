package io.kvmesh.hint;

/** Learns once what became of a hint that was to be kept. Called on any thread; must not block. */
public interface HintListener {
    /** The hint is durable. */
    void onKept();

    /** The hint is not kept, as far as is known. */
    void onNotKept(String reason);
}
