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
    static final int VERSION = 3;
    static final int CRC_BYTES = 4;
    /** Compression (1) and CRC (4) behind each block. */
    static final int BLOCK_TRAILER_BYTES = 1 + CRC_BYTES;
    /** Behind a compressed block: its length before it was compressed. */
    static final int RAW_LENGTH_BYTES = 4;

    static final int FOOTER_BYTES = 4 * 12 + 8 + 4 + 4 + CRC_BYTES + 8;

    private TableFormat() {}

    /** Where a part of the file stands, its checksum included. */
    record Section(long offset, int length) {
        long end() {
            return offset + length;
        }
    }

    /** The last bytes of the file. */
    record Footer(Section index, Section bloom, Section origins, Section properties, long tableId) {

        byte[] encode() {
            ByteWriter writer = new ByteWriter(FOOTER_BYTES);
            for (Section section : new Section[] {index, bloom, origins, properties}) {
                writer.putLong(section.offset()).putInt(section.length());
            }
            writer.putLong(tableId).putInt(FOOTER_BYTES).putInt(VERSION);
            writer.putInt(crc(tableId, 0, writer.array(), 0, writer.length()));
            return writer.putLong(MAGIC).toBytes();
        }

        /** @param bytes the end of the file: as many bytes as a footer has, or the whole file if it has fewer */
        static Footer decode(Path file, byte[] bytes) {
            if (bytes.length < FOOTER_BYTES) {
                throw new CorruptDataException("SSTable " + file + " has only " + bytes.length + " bytes");
            }
            ByteReader reader = new ByteReader(bytes);
            Footer footer =
                    new Footer(section(reader), section(reader), section(reader), section(reader), reader.readLong());
            int footerBytes = reader.readInt();
            int version = reader.readInt();
            int stored = reader.readInt();
            boolean intact = reader.readLong() == MAGIC
                    && footerBytes == FOOTER_BYTES
                    && stored == crc(footer.tableId, 0, bytes, 0, FOOTER_BYTES - CRC_BYTES - Long.BYTES);
            if (!intact) {
                throw new CorruptDataException("SSTable " + file + " has no intact footer at its end: the file is"
                        + " damaged, or a newer library wrote it");
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
