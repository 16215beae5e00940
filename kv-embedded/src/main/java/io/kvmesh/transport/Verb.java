package io.kvmesh.transport;

import org.jspecify.annotations.Nullable;

/** What a frame is about. The codes are part of the wire format and are never given to another verb. */
public enum Verb {
    HELLO(1),
    HELLO_ACK(2),
    HELLO_REJECT(3),
    GOSSIP_DIGEST(10),
    GOSSIP_DELTA(11),
    GOSSIP_DELTA_BACK(12),
    PING(13),
    RING(14),
    REPLICA_WRITE(20),
    REPLICA_READ(21),
    REPLICA_READ_VERSION(22),
    MAP_SPEC(23),
    REPLICA_PAGE(24),
    MAP_LIST(25),
    /** A write that its first receiver passes on to others. */
    CARRIED_WRITE(26),
    HINTED_HANDOFF(30),
    MERKLE(40),
    /** The raw echo that benchmarks compare with. */
    ECHO(60);

    private static final Verb[] BY_CODE = byCode();

    private final int code;

    Verb(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }

    /** The verb of a code, or null if this version does not know it. */
    public static @Nullable Verb ofCode(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : null;
    }

    private static Verb[] byCode() {
        Verb[] verbs = new Verb[128];
        for (Verb verb : values()) {
            verbs[verb.code] = verb;
        }
        return verbs;
    }
}
