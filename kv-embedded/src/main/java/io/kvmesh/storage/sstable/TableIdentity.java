package io.kvmesh.storage.sstable;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.Hash128;
import io.kvmesh.model.Murmur3;
import io.kvmesh.runtime.FileSystem;
import java.io.IOException;
import java.nio.file.Path;

/** Tells tables apart without reading their records. Stateless. */
public final class TableIdentity {
    private static final int CHUNK_BYTES = 256 * 1024;

    private TableIdentity() {}

    /**
     * A hash of all parts of a table behind its blocks: index, bloom filter, properties and footer. Tables of one
     * number that differ in it are different; those that agree have the same keys, places of blocks and range of
     * stamps, as only copies of one table do.
     *
     * @throws CorruptDataException if the footer is damaged
     */
    public static Hash128 of(FileSystem files, Path path) throws IOException {
        try (TableFile file = TableFile.open(files, path)) {
            long from = Math.max(0, Math.min(file.blocksEnd(), file.sizeBytes()));
            Hash128 hash = new Hash128(file.tableId(), file.sizeBytes());
            byte[] chunk = new byte[CHUNK_BYTES];
            for (long position = from; position < file.sizeBytes(); position += CHUNK_BYTES) {
                int length = (int) Math.min(CHUNK_BYTES, file.sizeBytes() - position);
                file.read(position, chunk, length);
                Hash128 next = Murmur3.hash128(chunk, 0, length);
                ByteWriter chain = new ByteWriter(4 * Long.BYTES);
                chain.putLong(hash.high())
                        .putLong(hash.low())
                        .putLong(next.high())
                        .putLong(next.low());
                hash = Murmur3.hash128(chain.array(), 0, chain.length());
            }
            return hash;
        }
    }
}
