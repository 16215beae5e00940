package io.kvmesh.storage.sstable;

import io.kvmesh.api.KvException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.storage.record.RecordView;
import io.kvmesh.storage.sstable.TableFormat.Footer;
import io.kvmesh.storage.sstable.TableFormat.Section;
import io.kvmesh.storage.sstable.TableReport.Damage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Checks all that can be checked of one SSTable's file, and goes on behind what is damaged. Not safe for several
 * threads.
 *
 * <ol>
 *   <li>The footer, and that parts follow each other without a gap.
 *   <li>Each part and each block: checksum and form.
 *   <li>Each record: checksum; keys ascend, lie where the index has them, and are known to the bloom filter.
 *   <li>The properties are those of the records, and the blocks fill the file up to the parts.
 * </ol>
 */
public final class TableVerifier {
    /** Enough to see what is wrong; a file that is wrong throughout must not fill the memory. */
    public static final int DAMAGES_MAX = 1_000;

    private static final int LONGEST_KEY_BYTES = 1 << 16;

    private final TableFile file;
    private final List<Damage> damages = new ArrayList<>();
    private final TableProperties.Builder seen = new TableProperties.Builder();
    private final RecordView shown = new RecordView();
    private @Nullable BloomFilter bloom;
    private NodeId @Nullable [] origins;
    private long blocks;
    private long blockBytes;
    private @Nullable Key first;
    private @Nullable Key last;

    private TableVerifier(TableFile file) {
        this.file = file;
    }

    /**
     * Checks a file, whatever its name says of its number.
     *
     * @throws IOException if it cannot be read
     */
    public static TableReport verify(FileSystem files, Path path) throws IOException {
        try (TableFile file = TableFile.open(files, path)) {
            return new TableVerifier(file).verify();
        } catch (KvException e) {
            long offset = Math.max(0, files.sizeBytes(path) - TableFormat.FOOTER_BYTES);
            return new TableReport(null, 0, 0, List.of(new Damage(offset, String.valueOf(e.getMessage()))));
        }
    }

    private TableReport verify() throws IOException {
        Footer footer = file.footer();
        checkLayout(footer);
        TableProperties properties = part(footer.properties(), TableProperties::decode);
        origins = part(footer.origins(), Origins::decode);
        bloom = part(footer.bloom(), BloomFilter::decode);
        byte[] greatest = new byte[LONGEST_KEY_BYTES];
        Arrays.fill(greatest, (byte) 0xFF);
        byte[] lastKey = properties == null ? greatest : properties.last().bytes();
        TableIndex index = part(footer.index(), reader -> TableIndex.decode(reader, lastKey, file.blocksMax()));
        if (index != null) {
            for (int i = 0; i < index.partitions(); i++) {
                checkPartition(index, i);
            }
        }
        if (damages.isEmpty()) {
            checkSums(properties);
        }
        return new TableReport(properties, blocks, seen.records(), damages);
    }

    private void checkLayout(Footer footer) {
        long end = footer.index().offset();
        for (Section section : new Section[] {footer.index(), footer.bloom(), footer.origins(), footer.properties()}) {
            if (section.offset() != end) {
                damaged(section.offset(), "a part stands here, the one before ends at " + end);
            }
            end = section.end();
        }
        if (end != file.sizeBytes() - TableFormat.FOOTER_BYTES) {
            damaged(end, "the parts end here, the footer is not next");
        }
    }

    private <T> @Nullable T part(Section section, Function<ByteReader, T> decode) throws IOException {
        try {
            return decode.apply(file.section(section));
        } catch (MalformedBytesException e) {
            damaged(section.offset(), e.getMessage());
            return null;
        }
    }

    private void checkPartition(TableIndex index, int partition) throws IOException {
        Block entries;
        long offset = index.offset(partition);
        try {
            entries = file.block(offset, index.length(partition), new NodeId[] {new NodeId(0)});
            if (entries.count() != index.blocks(partition)) {
                throw new MalformedBytesException(
                        "a partition has " + entries.count() + " records instead of " + index.blocks(partition));
            }
        } catch (MalformedBytesException e) {
            damaged(offset, e.getMessage());
            // What follows lies behind unknown keys, which is no damage of its own.
            return;
        }
        blockBytes += index.length(partition);
        for (int i = 0; i < entries.count(); i++) {
            checkEntry(entries, i, offset);
        }
    }

    private void checkEntry(Block entries, int entry, long partitionOffset) throws IOException {
        long offset;
        int length;
        byte[] separator;
        try {
            separator = entries.separator(entry);
            offset = entries.entryOffset(entry);
            length = entries.entryLength(entry);
        } catch (MalformedBytesException e) {
            damaged(partitionOffset, e.getMessage());
            return;
        }
        Key before = last;
        if (before != null && Arrays.compareUnsigned(before.bytes(), separator) >= 0) {
            damaged(partitionOffset, "separator " + entry + " is not greater than key " + before);
        }
        checkBlock(offset, length, separator);
    }

    private void checkBlock(long offset, int length, byte[] separator) throws IOException {
        Block block;
        try {
            block = file.block(offset, length, origins == null ? new NodeId[0] : origins);
        } catch (MalformedBytesException e) {
            damaged(offset, e.getMessage());
            return;
        }
        blocks++;
        blockBytes += length;
        for (int i = 0; i < block.count(); i++) {
            try {
                checkRecord(block, i, separator);
            } catch (MalformedBytesException e) {
                damaged(offset, e.getMessage());
            }
        }
    }

    private void checkRecord(Block block, int record, byte[] separator) {
        block.requireIntact(record);
        Key key = block.key(record);
        Key before = last;
        if (before != null && before.compareTo(key) >= 0) {
            throw new MalformedBytesException("key " + key + " follows key " + before);
        }
        if (record == 0 && Arrays.compareUnsigned(separator, key.bytes()) > 0) {
            throw new MalformedBytesException("key " + key + " is less than the separator of its block");
        }
        last = key;
        first = first == null ? key : first;
        BloomFilter filter = bloom;
        if (filter != null && !filter.mightContain(BloomFilter.hash(key))) {
            throw new MalformedBytesException("the bloom filter does not know key " + key);
        }
        if (origins != null) {
            block.show(record, shown);
            seen.add(shown);
        }
    }

    private void checkSums(@Nullable TableProperties properties) {
        long offset = file.footer().properties().offset();
        if (first == null || last == null || properties == null) {
            damaged(offset, "the table has no records");
            return;
        }
        TableProperties expected = seen.build(properties.map(), first, last);
        if (!expected.equals(properties)) {
            damaged(offset, "the properties are " + properties + ", those of the records " + expected);
        }
        if (blockBytes != file.blocksEnd()) {
            damaged(blockBytes, "the blocks that the index knows take " + blockBytes + " bytes of " + file.blocksEnd());
        }
    }

    private void damaged(long offset, @Nullable String what) {
        if (damages.size() < DAMAGES_MAX) {
            damages.add(new Damage(offset, String.valueOf(what)));
        }
    }
}
