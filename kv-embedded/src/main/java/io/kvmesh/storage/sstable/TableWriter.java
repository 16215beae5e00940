package io.kvmesh.storage.sstable;

import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.runtime.FileSystem.AppendFile;
import io.kvmesh.runtime.Invariants;
import io.kvmesh.storage.record.RecordCodec;
import io.kvmesh.storage.sstable.TableFormat.Footer;
import io.kvmesh.storage.sstable.TableFormat.Section;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Writes one SSTable from records in ascending order of their keys. Not safe for several threads.
 *
 * <ol>
 *   <li>Records are gathered in a block until it has its size; the block gets its checksum and an entry in the index.
 *   <li>{@link #finish()} adds index, bloom filter, properties and footer, and syncs the file.
 * </ol>
 */
public final class TableWriter {
    private static final int WRITE_BYTES = 256 * 1024;

    private final AppendFile file;
    private final long tableId;
    private final MapId map;
    private final int blockBytes;
    private final BloomFilter bloom;
    private final BlockIndex.Builder index = new BlockIndex.Builder();
    /** Bytes that are not handed to the file yet. */
    private final ByteWriter output = new ByteWriter(WRITE_BYTES);

    private byte[] block;
    private int blockLength;
    private int[] recordOffsets = new int[64];
    private int blockRecords;

    private @Nullable Key first;
    private @Nullable Key last;
    private @Nullable Key blockFirst;
    private long records;
    private long tombstones;
    private long timestampMicrosMin = Long.MAX_VALUE;
    private long timestampMicrosMax = Long.MIN_VALUE;
    private long expiryMicrosMin = Long.MAX_VALUE;
    private long expiryMicrosMax = Long.MIN_VALUE;

    /** @param recordsMax an upper bound of the records to come, which the bloom filter is made for */
    public TableWriter(AppendFile file, long tableId, MapId map, int blockBytes, long recordsMax) {
        this.file = file;
        this.tableId = tableId;
        this.map = map;
        this.blockBytes = blockBytes;
        this.bloom = BloomFilter.forKeys(recordsMax);
        this.block = new byte[2 * blockBytes];
    }

    public void add(Key key, Cell cell) throws IOException {
        Key previous = last;
        Invariants.check(
                previous == null || previous.compareTo(key) < 0,
                "key %s does not follow %s in a table",
                key,
                String.valueOf(previous));
        int size = RecordCodec.sizeBytes(key, cell);
        if (blockRecords > 0 && blockLength + size > blockBytes) {
            finishBlock();
        }
        if (blockRecords == 0) {
            blockFirst = key;
        }
        appendRecord(key, cell, size);
        bloom.add(BloomFilter.hash(key));
        note(key, cell);
    }

    private void appendRecord(Key key, Cell cell, int size) {
        if (block.length < blockLength + size) {
            block = Arrays.copyOf(block, Math.max(2 * block.length, blockLength + size));
        }
        if (recordOffsets.length == blockRecords) {
            recordOffsets = Arrays.copyOf(recordOffsets, 2 * blockRecords);
        }
        recordOffsets[blockRecords++] = blockLength;
        blockLength = RecordCodec.encode(key, cell, block, blockLength);
    }

    private void note(Key key, Cell cell) {
        if (first == null) {
            first = key;
        }
        last = key;
        records++;
        long timestampMicros = cell.version().timestampMicros();
        timestampMicrosMin = Math.min(timestampMicrosMin, timestampMicros);
        timestampMicrosMax = Math.max(timestampMicrosMax, timestampMicros);
        if (cell.isTombstone()) {
            tombstones++;
        }
        if (cell.expiryMicros() == Cell.NEVER) {
            expiryMicrosMax = Long.MAX_VALUE;
        } else {
            expiryMicrosMin = Math.min(expiryMicrosMin, cell.expiryMicros());
            expiryMicrosMax = Math.max(expiryMicrosMax, cell.expiryMicros());
        }
    }

    private long position() {
        return file.positionBytes() + output.length();
    }

    private void finishBlock() throws IOException {
        Key firstOfBlock = Objects.requireNonNull(blockFirst);
        long offset = position();
        int start = output.length();
        output.putBytes(block, 0, blockLength);
        for (int i = 0; i < blockRecords; i++) {
            output.putInt(recordOffsets[i]);
        }
        output.putInt(blockRecords).putByte(TableFormat.COMPRESSION_NONE);
        output.putInt(TableFormat.crc(tableId, offset, output.array(), start, output.length() - start));
        index.add(firstOfBlock.bytes(), offset, output.length() - start);
        blockLength = 0;
        blockRecords = 0;
        if (output.length() >= WRITE_BYTES - 2 * blockBytes) {
            writeOut();
        }
    }

    private void writeOut() throws IOException {
        file.append(output.array(), 0, output.length());
        output.reset();
    }

    /** Completes the table and syncs its file, which the caller closes. At least one record must have been added. */
    public TableProperties finish() throws IOException {
        Key firstOfTable = first;
        Key lastOfTable = last;
        if (firstOfTable == null || lastOfTable == null) {
            throw new IllegalStateException("invariant broken: a table without records");
        }
        finishBlock();
        TableProperties properties = new TableProperties(
                map,
                firstOfTable,
                lastOfTable,
                records,
                tombstones,
                timestampMicrosMin,
                timestampMicrosMax,
                expiryMicrosMin,
                expiryMicrosMax);
        ByteWriter content = new ByteWriter(WRITE_BYTES);
        index.encode(content);
        Section indexSection = appendSection(content);
        bloom.encode(content);
        Section bloomSection = appendSection(content);
        properties.encode(content);
        Section propertiesSection = appendSection(content);
        output.putBytes(new Footer(indexSection, bloomSection, propertiesSection, tableId).encode());
        writeOut();
        file.sync();
        return properties;
    }

    private Section appendSection(ByteWriter content) throws IOException {
        long offset = position();
        content.putInt(TableFormat.crc(tableId, offset, content.array(), 0, content.length()));
        output.putBytes(content.array(), 0, content.length());
        Section section = new Section(offset, content.length());
        content.reset();
        writeOut();
        return section;
    }
}
