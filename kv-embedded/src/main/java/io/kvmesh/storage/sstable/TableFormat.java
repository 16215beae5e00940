package io.kvmesh.storage.sstable;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.StoreException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/** The layout of SSTables, described in docs/formats/sstable.md. Stateless. */
final class TableFormat {
    static final long MAGIC = 0x4B564D5353540D0AL;
    static final int VERSION = 1;
    static final int COMPRESSION_NONE = 0;
    /** Compression (1) and CRC (4) behind each block. */
    static final int BLOCK_TRAILER_BYTES = 5;

    static final int SECTION_TRAILER_BYTES = 4;
    static final int FOOTER_BYTES = 3 * 12 + 8 + 4 + 4 + 8;

    private TableFormat() {}

    /** Where a part of the file stands, its trailer included. */
    record Section(long offset, int length) {}

    /** The last bytes of the file. */
    record Footer(Section index, Section bloom, Section properties, long tableId) {

        byte[] encode() {
            ByteWriter writer = new ByteWriter(FOOTER_BYTES);
            for (Section section : new Section[] {index, bloom, properties}) {
                writer.putLong(section.offset()).putInt(section.length());
            }
            writer.putLong(tableId).putInt(VERSION);
            writer.putInt(crc(tableId, 0, writer.array(), 0, writer.length()));
            return writer.putLong(MAGIC).toBytes();
        }

        static Footer decode(Path file, byte[] bytes, long tableId) {
            ByteReader reader = new ByteReader(bytes);
            Footer footer = new Footer(section(reader), section(reader), section(reader), reader.readLong());
            int version = reader.readInt();
            int stored = reader.readInt();
            if (reader.readLong() != MAGIC
                    || stored != crc(footer.tableId, 0, bytes, 0, FOOTER_BYTES - 12)
                    || footer.tableId != tableId) {
                throw new CorruptDataException("SSTable " + file + " has no intact footer: the file is damaged");
            }
            if (version != VERSION) {
                throw new StoreException("SSTable " + file + " has format version " + version
                        + ", this library reads version " + VERSION + ": open it with a newer library");
            }
            return footer;
        }

        private static Section section(ByteReader reader) {
            return new Section(reader.readLong(), reader.readInt());
        }
    }

    /** The checksum of bytes that stand at this offset of this table: misplaced bytes do not pass. */
    static int crc(long tableId, long fileOffset, byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        ByteWriter place = new ByteWriter(16).putLong(tableId).putLong(fileOffset);
        crc.update(place.array(), 0, place.length());
        return (int) crc.getValue();
    }
}
