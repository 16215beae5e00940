package io.kvmesh.storage.sstable;

import io.kvmesh.codec.MalformedBytesException;
import java.io.IOException;

/**
 * Reads the blocks of a table in their order, many with one call of the file system, past the cache. Not safe for
 * several threads: a block that it gives is valid until the next one is asked for.
 */
final class ReadAhead implements BlockWalk.Source {
    static final int READ_BYTES = 256 * 1024;

    private final TableReader table;
    private byte[] buffer = {};
    private long bufferOffset;
    private int bufferLength;
    private byte[] raw = {};

    ReadAhead(TableReader table) {
        this.table = table;
    }

    @Override
    public Block block(Block entries, int partition, int entry) {
        long offset;
        int length;
        try {
            offset = entries.entryOffset(entry);
            length = entries.entryLength(entry);
            table.file().requirePlace(offset, length);
        } catch (MalformedBytesException e) {
            throw table.damaged(table.index().offset(partition), e);
        }
        try {
            return decode(offset, length);
        } catch (MalformedBytesException e) {
            return again(offset, length);
        } catch (IOException e) {
            throw table.file().failed(e);
        }
    }

    @Override
    public void letGo(Block block) {
        // Its array is that for the next block.
    }

    private Block decode(long offset, int length) throws IOException {
        int from = fill(offset, length);
        int rawLength = table.file().rawLength(offset, buffer, from, length);
        if (raw.length < rawLength) {
            raw = new byte[Math.max(rawLength, 2 * raw.length)];
        }
        return TableFile.decode(buffer, from, length, raw, rawLength, table.origins());
    }

    /** What came with the blocks before may have been changed on the way from the disk. */
    private Block again(long offset, int length) {
        bufferLength = 0;
        try {
            return table.file().block(offset, length, table.origins());
        } catch (MalformedBytesException e) {
            throw table.damaged(offset, e);
        } catch (IOException e) {
            throw table.file().failed(e);
        }
    }

    /** Sees to it that the buffer has these bytes, and tells where. */
    private int fill(long offset, int length) throws IOException {
        if (offset < bufferOffset || offset + length > bufferOffset + bufferLength) {
            int wanted =
                    (int) Math.min(Math.max(length, READ_BYTES), table.file().blocksEnd() - offset);
            buffer = buffer.length >= wanted ? buffer : new byte[wanted];
            bufferLength = 0;
            table.file().read(offset, buffer, wanted);
            bufferOffset = offset;
            bufferLength = wanted;
        }
        return (int) (offset - bufferOffset);
    }
}
