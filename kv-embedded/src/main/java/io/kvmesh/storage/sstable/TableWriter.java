package io.kvmesh.storage.sstable;

import io.kvmesh.api.Compression;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.runtime.FileSystem.AppendFile;
import io.kvmesh.runtime.Invariants;
import io.kvmesh.storage.record.RecordView;
import io.kvmesh.storage.record.Varints;
import io.kvmesh.storage.sstable.TableFormat.Footer;
import io.kvmesh.storage.sstable.TableFormat.Section;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes one SSTable from records in ascending order of their keys. Not safe for several threads.
 *
 * <ol>
 *   <li>Records are gathered in a block until it has its size; the block is compressed, and the index leads to it.
 *   <li>When the entries of the index are as many as one partition holds, they become a block, too.
 *   <li>{@link #finish()} adds the top of the index, bloom filter, members, properties and footer, and syncs the file.
 * </ol>
 */
public final class TableWriter {
    /** The size that partitions of the index have about, before compression. */
    static final int INDEX_PARTITION_BYTES = 4 * 1024;

    private static final int WRITE_BYTES = 256 * 1024;

    private final AppendFile file;
    private final long tableId;
    private final MapId map;
    private final TableOptions options;
    private final BloomFilter.Builder bloom;
    private final Origins origins = new Origins();
    private final TableProperties.Builder properties = new TableProperties.Builder();
    private final RecordView shown = new RecordView();

    private final BlockBuilder block = new BlockBuilder();
    private final BlockBuilder partition = new BlockBuilder();
    private final TableIndex.Builder index = new TableIndex.Builder();
    private final RecordView indexEntry = new RecordView();
    private final byte[] indexValue = new byte[2 * Varints.BYTES_MAX];
    /** That of the block that is gathered. */
    private byte[] separator = {};
    /** That of the first block of the partition that is gathered. */
    private byte[] partitionSeparator = {};

    /** Bytes that are not handed to the file yet. */
    private final ByteWriter output = new ByteWriter(WRITE_BYTES);

    private byte[] compressed = {};

    private @Nullable Key first;
    private byte[] last = {};
    private int lastLength;

    /** With the options of a map that chose none. */
    public TableWriter(AppendFile file, long tableId, MapId map, int blockBytes) {
        this(file, tableId, map, TableOptions.ofBlockBytes(blockBytes));
    }

    public TableWriter(AppendFile file, long tableId, MapId map, TableOptions options) {
        this.file = file;
        this.tableId = tableId;
        this.map = map;
        this.options = options;
        this.bloom = new BloomFilter.Builder(options.bloomBitsPerKey());
    }

    public void add(Key key, Cell cell) throws IOException {
        add(shown.show(key, cell));
    }

    /** Adds a record, whose bytes are copied. */
    public void add(RecordView record) throws IOException {
        Invariants.check(record.keyLength() >= Key.PARTITION_BYTES, "a storage key has at least two bytes");
        if (first == null) {
            first = record.toKey();
        } else if (record.compareKey(last, lastLength) <= 0) {
            throw new IllegalStateException(
                    "invariant broken: key " + record.toKey() + " does not follow " + lastKey() + " in a table");
        }
        if (block.records() > 0
                && block.sizeBytesWith(record.key(), record.keyLength(), record.valueLength()) > options.blockBytes()) {
            finishBlock();
        }
        if (block.records() == 0) {
            separator = properties.records() == 0
                    ? Arrays.copyOf(record.key(), record.keyLength())
                    : TableIndex.separator(last, lastLength, record.key(), record.keyLength());
        }
        block.add(record, origins.numberOf(record.origin()));
        bloom.add(BloomFilter.hash(record.key(), record.keyLength()));
        properties.add(record);
        if (last.length < record.keyLength()) {
            last = new byte[2 * record.keyLength()];
        }
        System.arraycopy(record.key(), 0, last, 0, record.keyLength());
        lastLength = record.keyLength();
    }

    private Key lastKey() {
        return Key.ofStorageBytes(Arrays.copyOf(last, lastLength));
    }

    /** Where the next byte will stand in the file. */
    private long position() {
        return file.positionBytes() + output.length();
    }

    public long records() {
        return properties.records();
    }

    /** What the file would have if it were finished now, or a little more. */
    public long sizeBytes() {
        long parts = (long) block.sizeBytes() + partition.sizeBytes() + index.sizeBytes() + origins.sizeBytes();
        return position() + parts + bloom.sizeBytes() + TableFormat.FOOTER_BYTES;
    }

    private void finishBlock() throws IOException {
        long offset = position();
        int length = append(block, offset);
        int valueBytes = Varints.put(indexValue, 0, offset);
        valueBytes = Varints.put(indexValue, valueBytes, length);
        if (partition.records() > 0
                && partition.sizeBytesWith(separator, separator.length, valueBytes) > INDEX_PARTITION_BYTES) {
            finishPartition();
        }
        if (partition.records() == 0) {
            partitionSeparator = separator;
        }
        partition.add(indexEntry.showEntry(separator, indexValue, valueBytes), 0);
        if (output.length() >= WRITE_BYTES / 2) {
            writeOut();
        }
    }

    private void finishPartition() throws IOException {
        int blocks = partition.records();
        long offset = position();
        int length = append(partition, offset);
        index.add(partitionSeparator, offset, length, blocks);
    }

    /** Appends a block with its trailer, compressed if that saves an eighth of it, and returns its length. */
    private int append(BlockBuilder source, long offset) {
        int start = output.length();
        int length = source.build();
        Compression compression = options.compression();
        int compressedLength = compression == Compression.NONE ? length : compress(source.block(), length);
        if (compressedLength + TableFormat.RAW_LENGTH_BYTES <= length - length / 8) {
            output.putBytes(compressed, 0, compressedLength).putInt(length).putByte(Compressors.code(compression));
        } else {
            output.putBytes(source.block(), 0, length).putByte(Compressors.code(Compression.NONE));
        }
        output.putInt(TableFormat.crc(tableId, offset, output.array(), start, output.length() - start));
        source.reset();
        return output.length() - start;
    }

    private int compress(byte[] bytes, int length) {
        int room = Compressors.compressedBytesMax(options.compression(), length);
        compressed = compressed.length >= room ? compressed : new byte[room];
        return Compressors.compress(options.compression(), bytes, length, compressed);
    }

    private void writeOut() throws IOException {
        file.append(output.array(), 0, output.length());
        output.reset();
    }

    /** Completes the table and syncs its file, which the caller closes. At least one record must have been added. */
    public TableProperties finish() throws IOException {
        Key firstOfTable = first;
        if (firstOfTable == null) {
            throw new IllegalStateException("invariant broken: a table without records");
        }
        finishBlock();
        finishPartition();
        ByteWriter content = new ByteWriter(WRITE_BYTES);
        index.encode(content);
        Section indexSection = appendSection(content);
        bloom.build().encode(content);
        Section bloomSection = appendSection(content);
        origins.encode(content);
        Section originsSection = appendSection(content);
        TableProperties built = properties.build(map, firstOfTable, lastKey());
        built.encode(content);
        Section propertiesSection = appendSection(content);
        Footer footer = new Footer(indexSection, bloomSection, originsSection, propertiesSection, tableId);
        output.putBytes(footer.encode());
        writeOut();
        file.sync();
        return built;
    }

    private Section appendSection(ByteWriter content) throws IOException {
        long offset = position();
        content.putInt(TableFormat.crc(tableId, offset, content.array(), 0, content.length()));
        output.putBytes(content.array(), 0, content.length());
        Section section = new Section(offset, content.length());
        content.reset();
        if (output.length() >= WRITE_BYTES / 2) {
            writeOut();
        }
        return section;
    }
}
