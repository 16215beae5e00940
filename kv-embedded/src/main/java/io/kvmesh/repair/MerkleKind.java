package io.kvmesh.repair;

import io.kvmesh.codec.MalformedBytesException;

/** What is asked for in the course of a comparison. The codes are part of the wire format. */
enum MerkleKind {
    /** May this partition be compared, and below which stamp are deletions forgotten? */
    OPEN(1),
    ROOT(2),
    /** The children of nodes of the tree. */
    CHILDREN(3),
    /** Keys and versions in some leaves. */
    LIST(4),
    /** The cells of some keys. */
    CELLS(5),
    /** Takes over cells. */
    PUSH(6),
    /** Makes sure that what there is lasts. */
    SEAL(7),
    /** All replicas have the same since a time. */
    MARK(8),
    /** Which maps there are. */
    MAPS(9);

    private static final MerkleKind[] KINDS = values();

    private final int code;

    MerkleKind(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static MerkleKind ofCode(int code) {
        if (code < 1 || code > KINDS.length) {
            throw new MalformedBytesException("unknown kind " + code + " of comparison");
        }
        return KINDS[code - 1];
    }
}
