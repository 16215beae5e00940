package io.kvmesh.membership;

/** Where a member is in its life. The codes are part of the wire format and are never given to another status. */
enum EndpointStatus {
    /** Receives partitions, does not serve them yet. */
    JOINING(1),
    NORMAL(2),
    /** Hands its partitions over, still serves them. */
    LEAVING(3),
    LEFT(4),
    /** A status of a later version. Such a member is known and watched, but gets no place in the ring. */
    UNKNOWN(0);

    private final int code;

    EndpointStatus(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    boolean hasPlaceInRing() {
        return this == NORMAL || this == LEAVING;
    }

    static EndpointStatus ofCode(int code) {
        for (EndpointStatus status : values()) {
            if (status.code == code) {
                return status;
            }
        }
        return UNKNOWN;
    }
}
