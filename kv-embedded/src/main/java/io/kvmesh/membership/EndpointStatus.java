package io.kvmesh.membership;

/**
 * What a member wants of the ring. Whether it has it is in the state of the ring. The codes are part of the wire format
 * and are never given to another status.
 */
enum EndpointStatus {
    /** A seat. */
    JOINING(1),
    /** To stay. */
    NORMAL(2),
    /** To leave, once others have its partitions. */
    LEAVING(3),
    /** Nothing: it has left. */
    LEFT(4),
    /** A status of a later version. Such a member is known and watched. */
    UNKNOWN(0);

    private final int code;

    EndpointStatus(int code) {
        this.code = code;
    }

    int code() {
        return code;
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
