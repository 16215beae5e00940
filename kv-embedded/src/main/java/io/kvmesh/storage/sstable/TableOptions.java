package io.kvmesh.storage.sstable;

import io.kvmesh.api.Compression;
import io.kvmesh.api.MapSpec;

/**
 * How a table is written; how it is read does not depend on it. Immutable.
 *
 * @param blockBytes how large data blocks are about, before compression
 * @param bloomBitsPerKey size of the bloom filter: ten bits let 0.8 % of the absent keys pass
 */
public record TableOptions(int blockBytes, Compression compression, int bloomBitsPerKey) {
    public static final int BLOCK_BYTES_MIN = 128;
    public static final int BLOCK_BYTES_MAX = 1 << 20;
    public static final int BLOOM_BITS_PER_KEY_DEFAULT = 10;

    public TableOptions {
        if (blockBytes < BLOCK_BYTES_MIN || blockBytes > BLOCK_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "blockBytes " + blockBytes + " must be between " + BLOCK_BYTES_MIN + " and " + BLOCK_BYTES_MAX);
        }
        if (bloomBitsPerKey < 1 || bloomBitsPerKey > MapSpec.BLOOM_BITS_PER_KEY_MAX) {
            throw new IllegalArgumentException(
                    "bloomBitsPerKey " + bloomBitsPerKey + " must be between 1 and " + MapSpec.BLOOM_BITS_PER_KEY_MAX);
        }
    }

    /** Compressed with LZ4, ten bits a key. */
    public static TableOptions ofBlockBytes(int blockBytes) {
        return new TableOptions(blockBytes, Compression.LZ4, BLOOM_BITS_PER_KEY_DEFAULT);
    }

    /**
     * Refuses a compression whose library is missing.
     *
     * @param user what asks for it
     * @throws io.kvmesh.api.StoreException naming the library
     */
    public void requireLibrary(String user) {
        if (compression == Compression.ZSTD) {
            Zstd.require(user);
        }
    }

    public TableOptions withCompression(Compression other) {
        return new TableOptions(blockBytes, other, bloomBitsPerKey);
    }

    public TableOptions withBloomBitsPerKey(int other) {
        return new TableOptions(blockBytes, compression, other);
    }
}
