package io.kvmesh.replica;

import io.kvmesh.codec.MalformedBytesException;

/** The first byte of a replica's reply. The codes are part of the wire format. */
public enum ReplyStatus {
    /** The write is durable as configured. */
    WRITTEN(0),
    /** The write is durable, and the replica already had a newer version, which follows. */
    WRITTEN_BUT_OLDER(1),
    /** The replica does not know the map; nothing was done. Send its descriptor, then the request again. */
    UNKNOWN_MAP(2),
    /** The map's descriptor was stored. */
    MAP_CREATED(3),
    /** Nothing was done; a {@link Refusal} and a text follow. */
    REFUSED(4),
    /** The replica has nothing under the key. */
    ABSENT(5),
    /** A cell follows. */
    CELL(6),
    /** The version of the replica's cell follows. */
    VERSION(7),
    /** Cells of keys that follow each other. */
    PAGE(8),
    /** The descriptors of all maps that the replica knows. */
    MAPS(9);

    private static final ReplyStatus[] BY_CODE = values();

    private final int code;

    ReplyStatus(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static ReplyStatus ofCode(int code) {
        if (code < 0 || code >= BY_CODE.length) {
            throw new MalformedBytesException("unknown reply status " + code);
        }
        return BY_CODE[code];
    }
}
