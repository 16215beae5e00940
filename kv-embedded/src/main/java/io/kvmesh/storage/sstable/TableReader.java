package io.kvmesh.storage.sstable;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.StoreException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Hash128;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.FileSystem.ReadFile;
import io.kvmesh.runtime.Invariants;
import io.kvmesh.storage.sstable.TableFormat.Footer;
import io.kvmesh.storage.sstable.TableFormat.Section;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * An SSTable open for reading: index, bloom filter and properties in memory, blocks from the cache or the file. Safe
 * for any thread.
 *
 * <p>The file is closed when the owner let go of the table and the last reader finished.
 */
public final class TableReader {
    /** Stands for a block that is not in the cache. */
    private static final Cell NOT_RESIDENT = Cell.tombstone(new Version(Long.MIN_VALUE, new NodeId(0)));

    private final Path path;
    private final ReadFile file;
    private final long tableId;
    private final BlockCache cache;
    private final BlockIndex index;
    private final BloomFilter bloom;
    private final TableProperties properties;
    /** The owner's reference and those of readers; at 0 the file is closed. */
    private final AtomicInteger references = new AtomicInteger(1);

    private volatile boolean damaged;
    /** What follows when the file is closed. */
    private volatile @Nullable Runnable whenClosed;

    private TableReader(Path path, ReadFile file, long tableId, BlockCache cache, Footer footer) throws IOException {
        this.path = path;
        this.file = file;
        this.tableId = tableId;
        this.cache = cache;
        this.properties = TableProperties.decode(section(footer.properties()));
        this.index =
                BlockIndex.decode(section(footer.index()), properties.last().bytes());
        this.bloom = BloomFilter.decode(section(footer.bloom()));
    }

    /**
     * Opens a table and reads all but its blocks.
     *
     * @throws CorruptDataException if it is damaged
     */
    public static TableReader open(FileSystem files, Path path, long tableId, BlockCache cache) throws IOException {
        ReadFile file = files.open(path);
        boolean opened = false;
        try {
            if (file.sizeBytes() < TableFormat.FOOTER_BYTES) {
                throw new CorruptDataException("SSTable " + path + " has only " + file.sizeBytes() + " bytes");
            }
            byte[] bytes = new byte[TableFormat.FOOTER_BYTES];
            file.readFully(file.sizeBytes() - bytes.length, bytes, 0, bytes.length);
            TableReader reader = new TableReader(path, file, tableId, cache, Footer.decode(path, bytes, tableId));
            opened = true;
            return reader;
        } catch (MalformedBytesException e) {
            throw new CorruptDataException("SSTable " + path + " is damaged: " + e.getMessage(), e);
        } finally {
            if (!opened) {
                file.close();
            }
        }
    }

    private ByteReader section(Section section) throws IOException {
        int length = section.length();
        long end = section.offset() + length;
        if (section.offset() < 0 || length <= TableFormat.SECTION_TRAILER_BYTES || end > file.sizeBytes()) {
            throw new MalformedBytesException("section at " + section.offset() + " exceeds the file");
        }
        byte[] bytes = new byte[length];
        file.readFully(section.offset(), bytes, 0, length);
        int content = length - TableFormat.SECTION_TRAILER_BYTES;
        requireCrc(section.offset(), bytes, content);
        return new ByteReader(bytes, 0, content);
    }

    private void requireCrc(long offset, byte[] bytes, int content) {
        int stored = new ByteReader(bytes, content, 4).readInt();
        if (stored != TableFormat.crc(tableId, offset, bytes, 0, content)) {
            throw new MalformedBytesException("checksum mismatch at offset " + offset);
        }
    }

    public long tableId() {
        return tableId;
    }

    public long sizeBytes() {
        return file.sizeBytes();
    }

    public TableProperties properties() {
        return properties;
    }

    /** Whether the key lies between the first and the last key of the table. */
    public boolean covers(Key key) {
        return properties.first().compareTo(key) <= 0 && properties.last().compareTo(key) >= 0;
    }

    /** The hash by which {@link #mightContain} knows a key, the same for all tables. */
    public static Hash128 hash(Key key) {
        return BloomFilter.hash(key);
    }

    /** False only if the table does not have the key. */
    public boolean mightContain(Hash128 hash) {
        return bloom.mightContain(hash);
    }

    /** The cell of a key that the table covers; null if it has none. */
    public @Nullable Cell find(Key key) {
        int block = index.blockOf(key.bytes());
        Block content = cache.get(tableId, block);
        if (content == null) {
            content = load(block);
            cache.put(tableId, block, content);
        }
        return find(content, block, key);
    }

    /** As {@link #find}, but one that {@link #isNotResident} tells where the file would have to be read. */
    public @Nullable Cell findResident(Key key) {
        int block = index.blockOf(key.bytes());
        Block content = cache.get(tableId, block);
        return content == null ? NOT_RESIDENT : find(content, block, key);
    }

    /** Whether this stands for an answer that needs the file. */
    @SuppressWarnings("ReferenceEquality")
    public static boolean isNotResident(@Nullable Cell found) {
        return found == NOT_RESIDENT;
    }

    private @Nullable Cell find(Block content, int block, Key key) {
        try {
            return content.find(key.bytes());
        } catch (MalformedBytesException e) {
            throw damaged(block, e);
        }
    }

    int blocks() {
        return index.blocks();
    }

    int blockOf(Key key) {
        return index.blockOf(key.bytes());
    }

    /** A block for a walk over many: taken from the cache, but not put there, so that walks do not empty it. */
    Block blockForWalk(int block) {
        Block content = cache.get(tableId, block);
        return content != null ? content : load(block);
    }

    private Block load(int block) {
        if (!acquire()) {
            throw new TableReleasedException();
        }
        try {
            int length = index.length(block);
            if (length <= TableFormat.BLOCK_TRAILER_BYTES || index.offset(block) + length > file.sizeBytes()) {
                throw new MalformedBytesException("the index gives it " + length + " bytes");
            }
            byte[] bytes = new byte[length];
            file.readFully(index.offset(block), bytes, 0, length);
            requireCrc(index.offset(block), bytes, length - 4);
            int compression = bytes[length - TableFormat.BLOCK_TRAILER_BYTES];
            if (compression != TableFormat.COMPRESSION_NONE) {
                throw new MalformedBytesException("unknown compression " + compression);
            }
            return Block.parse(bytes, length - TableFormat.BLOCK_TRAILER_BYTES);
        } catch (MalformedBytesException e) {
            throw damaged(block, e);
        } catch (IOException e) {
            throw new StoreException("reading SSTable " + path + " failed: " + e, e);
        } finally {
            release();
        }
    }

    /** Whether damage was found in one of its blocks. */
    public boolean isDamaged() {
        return damaged;
    }

    CorruptDataException damaged(int block, MalformedBytesException cause) {
        damaged = true;
        return new CorruptDataException(
                "SSTable " + path + " is damaged in the block at offset " + index.offset(block) + ": "
                        + cause.getMessage(),
                cause);
    }

    /** Keeps the file open until {@link #release()}; false if it is closed already. */
    public boolean acquire() {
        while (true) {
            int held = references.get();
            if (held == 0) {
                return false;
            }
            if (references.compareAndSet(held, held + 1)) {
                return true;
            }
        }
    }

    /** Gives up the owner's reference; what is given is run when the last reader has finished. */
    public void releaseThen(Runnable then) {
        whenClosed = then;
        release();
    }

    /** Gives up one reference: that of the owner, or one that was acquired. */
    public void release() {
        int held = references.decrementAndGet();
        Invariants.check(held >= 0, "a table was released more often than acquired");
        if (held == 0) {
            try {
                file.close();
            } catch (IOException e) {
                throw new StoreException("closing SSTable " + path + " failed: " + e, e);
            }
            Runnable then = whenClosed;
            if (then != null) {
                then.run();
            }
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
