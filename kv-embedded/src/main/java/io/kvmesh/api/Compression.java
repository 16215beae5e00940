package io.kvmesh.api;

/**
 * How a member compresses the SSTables of a map. Each member may choose its own; nothing that a map holds depends on
 * it, only what space, reads and writes cost. Blocks that hardly shrink are stored as they are.
 */
public enum Compression {
    /** For values that are compressed already. */
    NONE,
    /** The default: costs little, and text or JSON takes about half. */
    LZ4,
    /**
     * Takes less space than {@link #LZ4} and several times the CPU. Needs the library {@code com.github.luben:zstd-jni}
     * on the class path, which KvMesh does not bring along, for as long as there are tables that were written with it.
     */
    ZSTD
}
