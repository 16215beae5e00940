package io.kvmesh.replica;

import io.kvmesh.codec.MalformedBytesException;

/** Why a replica did not do what it was asked. The codes are part of the wire format. */
public enum Refusal {
    READ_ONLY(0),
    /** The stamp of the write lies further ahead of the replica's clock than is allowed. */
    CLOCK_AHEAD(1),
    /** The replica knows the map with another specification. */
    SPEC_MISMATCH(2),
    OVERLOADED(3),
    CORRUPT(4),
    CLOSED(5),
    /** A key or value over the replica's limits, or another reason that the text tells. */
    OTHER(6),
    /** The disk failed during the write: unlike with all other reasons, it may survive. */
    FAILED(7),
    /** The coordinator chose the replicas by a ring that has changed since. This member's state of the ring follows. */
    RING_STALE(8),
    /** The coordinator knows a later state of the ring than this member, whose own follows. */
    RING_BEHIND(9),
    /** The replica was away for longer than gc grace, and answers no reads until it is compared with others. */
    REBUILDING(10);

    private static final Refusal[] BY_CODE = values();

    private final int code;

    Refusal(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    /** Whether coordinator and replica know different states of the ring; then the replica's one follows the text. */
    public boolean isOfRing() {
        return this == RING_STALE || this == RING_BEHIND;
    }

    static Refusal ofCode(int code) {
        if (code < 0 || code >= BY_CODE.length) {
            throw new MalformedBytesException("unknown refusal " + code);
        }
        return BY_CODE[code];
    }
}
