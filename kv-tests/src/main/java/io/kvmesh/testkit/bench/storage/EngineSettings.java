package io.kvmesh.testkit.bench.storage;

import java.nio.file.Path;

/**
 * The settings that all engines are opened with, as far as they have them. Immutable.
 *
 * @param entries how many records there may be, which an engine may need to lay out its keys or its file
 * @param memtableBytes when a memtable is full
 * @param syncedWrites whether a write returns only when it is on stable storage
 */
public record EngineSettings(Path directory, int entries, int valueBytes, long memtableBytes, boolean syncedWrites) {
    /** How many memtables may be in memory: one that takes writes and the others waiting for their flush. */
    public static final int MEMTABLES_MAX = 5;
    /** The cache of blocks, or of pages. */
    public static final long CACHE_BYTES = 256L << 20;
    /** The size of a block before compression. */
    public static final int BLOCK_BYTES = 4096;

    EngineSettings withDirectory(Path other) {
        return new EngineSettings(other, entries, valueBytes, memtableBytes, syncedWrites);
    }

    /** The bytes that one record is made of. */
    public int recordBytes() {
        return BenchRecords.KEY_BYTES + valueBytes;
    }
}
