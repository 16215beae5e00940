package io.kvmesh.storage.sstable;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.Invariants;
import io.kvmesh.storage.record.ReleasedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An SSTable open for reading: the top of the index, bloom filter and properties in memory, blocks from the cache or
 * the file. Safe for any thread.
 *
 * <p>The file is closed when the owner let go of the table and the last reader finished.
 */
public final class TableReader {
    private static final Logger LOG = LoggerFactory.getLogger(TableReader.class);

    /** An index up to this size stays in memory as a whole; the partitions of a larger one go through the cache. */
    static final int RESIDENT_INDEX_BYTES_MAX = 64 * 1024;

    /** In the place of a block's number: who asks for it keeps it, and lets go of it some time. */
    private static final int NOT_CACHED = -1;
    /** The same: it stays as long as the table. */
    private static final int RESIDENT = -2;

    private static final int ANY_RECORDS = -1;

    /** Stands for a block that is not in the cache. */
    private static final Cell NOT_RESIDENT = Cell.tombstone(new Version(Long.MIN_VALUE, new NodeId(0)));

    private final TableFile file;
    private final TableIndex index;
    private final BloomFilter bloom;
    private final NodeId[] origins;
    private final TableProperties properties;
    /** The partitions of a small index; null if they go through the cache. */
    private final Block @Nullable [] residentPartitions;
    /** Data blocks, and behind them the partitions of the index. */
    private final BlockCache.Slots slots;

    private final BlockFrames frames;
    /** The owner's reference and those of readers; at 0 the file is closed. */
    private final AtomicInteger references = new AtomicInteger(1);

    /** What the first damage was that was met in one of its blocks. */
    private final AtomicReference<@Nullable String> damage = new AtomicReference<>();

    /** What follows when the file is closed. */
    private volatile @Nullable Runnable whenClosed;

    private TableReader(TableFile file, BlockCache cache) throws IOException {
        this.file = file;
        this.properties = TableProperties.decode(file.section(file.footer().properties()));
        this.origins = Origins.decode(file.section(file.footer().origins()));
        byte[] lastKey = properties.last().bytes();
        this.index = TableIndex.decode(file.section(file.footer().index()), lastKey, file.blocksMax());
        this.bloom = BloomFilter.decode(file.section(file.footer().bloom()));
        this.frames = cache.frames();
        this.slots = cache.slots(file.tableId(), index.blocks() + index.partitions());
        this.residentPartitions =
                index.partitionBytes() <= RESIDENT_INDEX_BYTES_MAX ? new Block[index.partitions()] : null;
        if (residentPartitions != null) {
            for (int i = 0; i < residentPartitions.length; i++) {
                residentPartitions[i] = loadPartition(i, RESIDENT);
            }
        }
    }

    /**
     * Opens a table and reads all but its blocks.
     *
     * @throws CorruptDataException if it is damaged
     */
    public static TableReader open(FileSystem files, Path path, long tableId, BlockCache cache) throws IOException {
        TableFile file = TableFile.open(files, path);
        boolean opened = false;
        try {
            if (file.tableId() != tableId) {
                throw new CorruptDataException(
                        "SSTable " + path + " has the footer of table " + file.tableId() + ", not " + tableId);
            }
            TableReader reader = new TableReader(file, cache);
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

    public long tableId() {
        return file.tableId();
    }

    public long sizeBytes() {
        return file.sizeBytes();
    }

    /** What the bloom filter takes in memory. */
    public long bloomFilterBytes() {
        return bloom.sizeBytes();
    }

    public TableProperties properties() {
        return properties;
    }

    /** Whether the key lies between the first and the last key of the table. */
    public boolean covers(Key key) {
        return properties.first().compareTo(key) <= 0 && properties.last().compareTo(key) >= 0;
    }

    /** The hash by which {@link #mightContain} knows a key, the same for all tables. */
    public static long hash(Key key) {
        return BloomFilter.hash(key);
    }

    /** False only if the table does not have the key. */
    public boolean mightContain(long hash) {
        return bloom.mightContain(hash);
    }

    /** The cell of a key that the table covers; null if it has none. */
    public @Nullable Cell find(Key key) {
        int inside = frames.enter();
        try {
            return new TableLookups(this).find(key);
        } finally {
            frames.leave(inside);
        }
    }

    /** As {@link #find}, but only the version, without a copy of the value. */
    public @Nullable Version findVersion(Key key) {
        int inside = frames.enter();
        try {
            return new TableLookups(this).findVersion(key);
        } finally {
            frames.leave(inside);
        }
    }

    /** As {@link #find}, but one that {@link #isNotResident} tells where the file would have to be read. */
    public @Nullable Cell findResident(Key key) {
        int inside = frames.enter();
        try {
            return findInMemory(key);
        } finally {
            frames.leave(inside);
        }
    }

    private @Nullable Cell findInMemory(Key key) {
        int partition = index.partitionOf(key.bytes());
        Block entries =
                residentPartitions != null ? residentPartitions[partition] : slots.get(index.blocks() + partition);
        if (entries == null) {
            return NOT_RESIDENT;
        }
        int entry = entryOf(entries, partition, key);
        Block block = slots.get(index.firstBlock(partition) + entry);
        if (block == null) {
            return NOT_RESIDENT;
        }
        try {
            return block.find(key.bytes());
        } catch (MalformedBytesException e) {
            throw damaged(entries.entryOffset(entry), e);
        }
    }

    /** As {@link #findVersion}, but one that {@link #isNotResident} tells where the file would have to be read. */
    public @Nullable Version findVersionResident(Key key) {
        int inside = frames.enter();
        try {
            return findVersionInMemory(key);
        } finally {
            frames.leave(inside);
        }
    }

    private @Nullable Version findVersionInMemory(Key key) {
        int partition = index.partitionOf(key.bytes());
        Block entries =
                residentPartitions != null ? residentPartitions[partition] : slots.get(index.blocks() + partition);
        if (entries == null) {
            return NOT_RESIDENT.version();
        }
        int entry = entryOf(entries, partition, key);
        Block block = slots.get(index.firstBlock(partition) + entry);
        if (block == null) {
            return NOT_RESIDENT.version();
        }
        try {
            return block.findVersion(key.bytes());
        } catch (MalformedBytesException e) {
            throw damaged(entries.entryOffset(entry), e);
        }
    }

    /** Whether this stands for an answer that needs the file. */
    @SuppressWarnings("ReferenceEquality")
    public static boolean isNotResident(@Nullable Cell found) {
        return found == NOT_RESIDENT;
    }

    /** As {@link #isNotResident(Cell)}, of a version. */
    @SuppressWarnings("ReferenceEquality")
    public static boolean isNotResident(@Nullable Version found) {
        return found == NOT_RESIDENT.version();
    }

    /**
     * Puts the cells of many keys that the table covers, and that ascend, into an array in their order; null for those
     * that it does not have. Each block is read once. Returns how many data blocks were looked at.
     */
    public int findAll(List<Key> ascending, @Nullable Cell[] found) {
        int inside = frames.enter();
        try {
            TableLookups lookups = new TableLookups(this);
            for (int i = 0; i < found.length; i++) {
                Key key = ascending.get(i);
                Invariants.check(
                        i == 0 || ascending.get(i - 1).compareTo(key) <= 0, "the keys of a lookup do not ascend");
                found[i] = lookups.find(key);
            }
            return lookups.blocks();
        } finally {
            frames.leave(inside);
        }
    }

    TableFile file() {
        return file;
    }

    TableIndex index() {
        return index;
    }

    NodeId[] origins() {
        return origins;
    }

    /** The entry of a partition that leads to the key if the table has it. */
    int entryOf(Block entries, int partition, Key key) {
        int entry = entries.floor(key.bytes());
        if (entry < 0) {
            throw damaged(
                    index.offset(partition), new MalformedBytesException("the index does not lead to key " + key));
        }
        return entry;
    }

    /** A partition of the index, which is cached. */
    Block partition(int partition) {
        if (residentPartitions != null) {
            return residentPartitions[partition];
        }
        int number = index.blocks() + partition;
        Block cached = slots.get(number);
        return cached != null ? cached : loadPartition(partition, number);
    }

    /** A partition for a walk over many: taken from the cache, but not put there. The walk lets go of it. */
    Block partitionForWalk(int partition) {
        if (residentPartitions != null) {
            return held(residentPartitions[partition]);
        }
        Block cached = slots.peek(index.blocks() + partition);
        return cached != null ? cached : loadPartition(partition, NOT_CACHED);
    }

    private static Block held(Block block) {
        block.hold();
        return block;
    }

    /** A walk has finished with a block or a partition. */
    void letGo(Block block) {
        frames.letGo(block);
    }

    private Block loadPartition(int partition, int number) {
        return load(index.offset(partition), index.length(partition), index.blocks(partition), number);
    }

    /** A data block for a look-up, which has entered. The cache may take it in. */
    Block block(Block entries, int partition, int entry) {
        int number = index.firstBlock(partition) + entry;
        Block cached = slots.get(number);
        if (cached != null) {
            return cached;
        }
        if (slots.admits()) {
            return loadBlock(entries, partition, entry, number);
        }
        Block passing = loadBlock(entries, partition, entry, NOT_CACHED);
        frames.retire(passing);
        return passing;
    }

    /**
     * A data block for a walk over many: taken from the cache, but not put there, so that walks do not empty it. The
     * walk lets go of it.
     */
    Block blockForWalk(Block entries, int partition, int entry) {
        Block cached = slots.peek(index.firstBlock(partition) + entry);
        return cached != null ? cached : loadBlock(entries, partition, entry, NOT_CACHED);
    }

    /** A data block for the start of a user's scan, which lets go of it. The cache may take it in. */
    Block blockForScan(Block entries, int partition, int entry) {
        int inside = frames.enter();
        try {
            int number = index.firstBlock(partition) + entry;
            Block cached = slots.get(number);
            if (cached != null) {
                return held(cached);
            }
            return slots.admits()
                    ? held(loadBlock(entries, partition, entry, number))
                    : loadBlock(entries, partition, entry, NOT_CACHED);
        } finally {
            frames.leave(inside);
        }
    }

    /** As {@link #partition}, for the start of a user's scan, which lets go of it. */
    Block partitionForScan(int partition) {
        if (residentPartitions != null) {
            return held(residentPartitions[partition]);
        }
        int inside = frames.enter();
        try {
            return held(partition(partition));
        } finally {
            frames.leave(inside);
        }
    }

    private Block loadBlock(Block entries, int partition, int entry, int number) {
        long offset;
        int length;
        try {
            offset = entries.entryOffset(entry);
            length = entries.entryLength(entry);
        } catch (MalformedBytesException e) {
            throw damaged(index.offset(partition), e);
        }
        return load(offset, length, ANY_RECORDS, number);
    }

    /**
     * Reads a block.
     *
     * @param records how many records it must have, if that is known
     * @param number under which the cache takes it in, if it does
     */
    private Block load(long offset, int length, int records, int number) {
        if (!acquire()) {
            throw new ReleasedException();
        }
        try {
            Block block = number == RESIDENT ? readTwice(offset, length) : readIntoFrame(offset, length);
            if (records != ANY_RECORDS && records != block.count()) {
                throw new MalformedBytesException("it has " + block.count() + " records instead of " + records);
            }
            if (number >= 0) {
                slots.put(number, block);
            }
            return block;
        } catch (MalformedBytesException e) {
            throw damaged(offset, e);
        } catch (IOException e) {
            throw file.failed(e);
        } finally {
            release();
        }
    }

    /** Only what is wrong at the second look as well is wrong on the disk, not on the way from there. */
    Block readTwice(long offset, int length) throws IOException {
        try {
            return file.block(offset, length, origins);
        } catch (MalformedBytesException e) {
            LOG.debug("Reading SSTable {} again at offset {}", file.path(), offset, e);
            return file.block(offset, length, origins);
        }
    }

    private Block readIntoFrame(long offset, int length) throws IOException {
        try {
            return file.block(offset, length, origins, frames);
        } catch (MalformedBytesException e) {
            LOG.debug("Reading SSTable {} again at offset {}", file.path(), offset, e);
            return file.block(offset, length, origins);
        }
    }

    /** Whether damage was found in one of its blocks. */
    public boolean isDamaged() {
        return damage.get() != null;
    }

    /** The first damage that was found in one of its blocks, naming file and offset; null if none was. */
    public @Nullable String damage() {
        return damage.get();
    }

    /** Takes damage back that a look at every block did not find again. */
    public void retractDamage() {
        slots.clear();
        damage.set(null);
    }

    CorruptDataException damaged(long offset, MalformedBytesException cause) {
        CorruptDataException found = file.damaged(offset, cause);
        if (damage.compareAndSet(null, String.valueOf(found.getMessage()))) {
            LOG.warn("{}; keys that it may hide are refused from now on", found.getMessage());
        }
        return found;
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
            slots.clear();
            file.close();
            Runnable then = whenClosed;
            if (then != null) {
                then.run();
            }
        }
    }

    @Override
    public String toString() {
        return file.path().toString();
    }
}
