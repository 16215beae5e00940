package io.kvmesh.storage.sstable;

import io.kvmesh.api.Compression;
import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.StoreException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.FileSystem.ReadFile;
import io.kvmesh.storage.sstable.TableFormat.Footer;
import io.kvmesh.storage.sstable.TableFormat.Section;
import java.io.IOException;
import java.nio.file.Path;

/** Reads and checks the parts of an SSTable's file. Safe for any thread. */
final class TableFile implements AutoCloseable {
    /** What a block takes in the file at least. */
    private static final int BLOCK_BYTES_MIN = TableFormat.BLOCK_TRAILER_BYTES + 6;

    private final Path path;
    private final ReadFile file;
    private final Footer footer;

    private TableFile(Path path, ReadFile file) throws IOException {
        this.path = path;
        this.file = file;
        byte[] end = new byte[(int) Math.min(TableFormat.FOOTER_BYTES, file.sizeBytes())];
        file.readFully(file.sizeBytes() - end.length, end, 0, end.length);
        this.footer = Footer.decode(path, end);
    }

    static TableFile open(FileSystem files, Path path) throws IOException {
        ReadFile file = files.open(path);
        boolean opened = false;
        try {
            TableFile table = new TableFile(path, file);
            opened = true;
            return table;
        } finally {
            if (!opened) {
                file.close();
            }
        }
    }

    Path path() {
        return path;
    }

    Footer footer() {
        return footer;
    }

    long tableId() {
        return footer.tableId();
    }

    long sizeBytes() {
        return file.sizeBytes();
    }

    /** Where the blocks end and the other parts begin. */
    long blocksEnd() {
        return footer.index().offset();
    }

    /** How many blocks there can be. */
    long blocksMax() {
        return blocksEnd() / BLOCK_BYTES_MIN;
    }

    /** The content of a part, whose checksum is compared. */
    ByteReader section(Section section) throws IOException {
        int length = section.length();
        if (section.offset() < 0
                || length <= TableFormat.CRC_BYTES
                || section.offset() > file.sizeBytes() - TableFormat.FOOTER_BYTES - length) {
            throw new MalformedBytesException("the part at offset " + section.offset() + " exceeds the file");
        }
        byte[] bytes = new byte[length];
        file.readFully(section.offset(), bytes, 0, length);
        requireCrc(section.offset(), bytes, 0, length);
        return new ByteReader(bytes, 0, length - TableFormat.CRC_BYTES);
    }

    private void requireCrc(long offset, byte[] bytes, int from, int length) {
        int content = length - TableFormat.CRC_BYTES;
        int stored = new ByteReader(bytes, from + content, TableFormat.CRC_BYTES).readInt();
        if (stored != TableFormat.crc(tableId(), offset, bytes, from, content)) {
            throw new MalformedBytesException("checksum mismatch at offset " + offset);
        }
    }

    /** Checks where a block is said to be, before anything is allocated for it. */
    void requirePlace(long offset, int length) {
        if (length < BLOCK_BYTES_MIN || offset < 0 || offset > blocksEnd() - length) {
            throw new MalformedBytesException("the index tells of a block of " + length + " bytes at offset " + offset);
        }
    }

    /** Reads a block into an array of its own. */
    Block block(long offset, int length, NodeId[] origins) throws IOException {
        requirePlace(offset, length);
        byte[] stored = new byte[length];
        file.readFully(offset, stored, 0, length);
        int rawLength = rawLength(offset, stored, 0, length);
        byte[] raw = isCompressed(stored, 0, length) ? new byte[rawLength] : stored;
        return decode(stored, 0, length, raw, rawLength, origins);
    }

    /** Reads a block into an array from a pool. */
    Block block(long offset, int length, NodeId[] origins, BlockFrames frames) throws IOException {
        requirePlace(offset, length);
        byte[] stored = frames.takeForReading(length);
        file.readFully(offset, stored, 0, length);
        int rawLength = rawLength(offset, stored, 0, length);
        if (!isCompressed(stored, 0, length) && frames.fits(length)) {
            return decode(stored, 0, length, stored, rawLength, origins);
        }
        Block block = decode(stored, 0, length, frames.take(rawLength), rawLength, origins);
        frames.giveBack(stored);
        return block;
    }

    void read(long offset, byte[] target, int length) throws IOException {
        file.readFully(offset, target, 0, length);
    }

    /** Compares the checksum of the stored form of a block, and tells how many bytes it has decompressed. */
    int rawLength(long offset, byte[] stored, int from, int length) {
        requireCrc(offset, stored, from, length);
        if (!isCompressed(stored, from, length)) {
            return length - TableFormat.BLOCK_TRAILER_BYTES;
        }
        int compressed = length - TableFormat.BLOCK_TRAILER_BYTES - TableFormat.RAW_LENGTH_BYTES;
        int rawLength = new ByteReader(stored, from + Math.max(0, compressed), Integer.BYTES).readInt();
        if (compressed <= 0 || !Compressors.canHold(compression(stored, from, length), compressed, rawLength)) {
            throw new MalformedBytesException(
                    "a block of " + compressed + " bytes cannot be " + rawLength + " bytes decompressed");
        }
        return rawLength;
    }

    static boolean isCompressed(byte[] stored, int from, int length) {
        return compression(stored, from, length) != Compression.NONE;
    }

    private static Compression compression(byte[] stored, int from, int length) {
        return Compressors.ofCode(stored[from + length - TableFormat.BLOCK_TRAILER_BYTES]);
    }

    /** A block from its stored form, checked before, in an array with room for all of it. */
    static Block decode(byte[] stored, int from, int length, byte[] raw, int rawLength, NodeId[] origins) {
        if (isCompressed(stored, from, length)) {
            int compressed = length - TableFormat.BLOCK_TRAILER_BYTES - TableFormat.RAW_LENGTH_BYTES;
            Compressors.decompress(compression(stored, from, length), stored, from, compressed, raw, rawLength);
        } else if (stored != raw) {
            System.arraycopy(stored, from, raw, 0, rawLength);
        }
        return Block.parse(raw, rawLength, origins);
    }

    CorruptDataException damaged(long offset, MalformedBytesException cause) {
        return new CorruptDataException(
                "SSTable " + path + " is damaged in the block at offset " + offset + ": " + cause.getMessage(), cause);
    }

    StoreException failed(IOException cause) {
        return new StoreException("reading SSTable " + path + " failed: " + cause, cause);
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw new StoreException("closing SSTable " + path + " failed: " + e, e);
        }
    }
}
