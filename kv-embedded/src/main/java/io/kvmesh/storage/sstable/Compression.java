package io.kvmesh.storage.sstable;

import io.kvmesh.codec.MalformedBytesException;

/** How the blocks of a table are compressed; those that hardly shrink stay as they are. Immutable. */
public enum Compression {
    NONE(0),
    LZ4(1);

    /** Stands for zstd in files to come. */
    static final int CODE_RESERVED_ZSTD = 2;

    private final int code;

    Compression(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    static Compression of(int code) {
        for (Compression compression : values()) {
            if (compression.code == code) {
                return compression;
            }
        }
        throw new MalformedBytesException("unknown compression " + code);
    }
}
