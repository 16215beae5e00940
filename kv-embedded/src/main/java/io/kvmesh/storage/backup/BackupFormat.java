package io.kvmesh.storage.backup;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.StoreException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Hash128;
import io.kvmesh.model.NodeId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/** The layout of a backup's own file, described in docs/formats/backup.md. Stateless. */
final class BackupFormat {
    /** A file beyond this is damaged; it has room for a million tables. */
    static final int BYTES_MAX = 64 * 1024 * 1024;

    private static final long MAGIC = 0x4B564D42414B0D0AL;
    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 8 + 4;
    private static final int CRC_BYTES = 4;
    private static final int TABLE_BYTES = 8 + 8 + 4 + 16;

    private BackupFormat() {}

    static byte[] encode(BackupContents contents) {
        ByteWriter writer = new ByteWriter(1024).putLong(MAGIC).putInt(VERSION);
        writer.putLong(contents.id().takenMillis()).putLong(contents.id().node().value());
        writer.putInt(contents.copiedTables()).putLong(contents.copiedBytes());
        writer.putSizedBytes(contents.state()).putSizedBytes(contents.members());
        writer.putInt(contents.tables().size());
        for (BackupTable table : contents.tables()) {
            writer.putLong(table.tableId()).putLong(table.sizeBytes()).putInt(table.crc());
            writer.putLong(table.identity().high()).putLong(table.identity().low());
        }
        writer.putInt(crc(writer.array(), writer.length()));
        if (writer.length() > BYTES_MAX) {
            throw new StoreException("a backup of " + contents.tables().size() + " tables would have a file of "
                    + writer.length() + " bytes, of which " + BYTES_MAX + " are allowed");
        }
        return writer.toBytes();
    }

    /**
     * Reads a backup's file.
     *
     * @throws CorruptDataException if it is damaged
     * @throws StoreException if a later library wrote it
     */
    static BackupContents decode(Path file, byte[] bytes) {
        int checked = bytes.length - CRC_BYTES;
        if (checked < HEADER_BYTES
                || new ByteReader(bytes).readLong() != MAGIC
                || new ByteReader(bytes, checked, CRC_BYTES).readInt() != crc(bytes, checked)) {
            throw new CorruptDataException("the backup " + file + " is damaged, or no backup");
        }
        ByteReader reader = new ByteReader(bytes, Long.BYTES, checked - Long.BYTES);
        int version = reader.readInt();
        if (version != VERSION) {
            throw new StoreException("the backup " + file + " has format version " + version
                    + ", this library reads version " + VERSION + ": use a newer library");
        }
        try {
            return decodeRest(reader);
        } catch (MalformedBytesException e) {
            throw new CorruptDataException("the backup " + file + " is damaged: " + e.getMessage(), e);
        }
    }

    private static BackupContents decodeRest(ByteReader reader) {
        BackupId id = new BackupId(reader.readLong(), new NodeId(reader.readLong()));
        int copiedTables = reader.readInt();
        long copiedBytes = reader.readLong();
        byte[] state = reader.readSizedBytes();
        byte[] members = reader.readSizedBytes();
        int count = reader.readInt();
        if (count != reader.remaining() / TABLE_BYTES || reader.remaining() % TABLE_BYTES != 0) {
            throw new MalformedBytesException(count + " tables do not take " + reader.remaining() + " bytes");
        }
        List<BackupTable> tables = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            tables.add(new BackupTable(
                    reader.readLong(),
                    reader.readLong(),
                    reader.readInt(),
                    new Hash128(reader.readLong(), reader.readLong())));
        }
        return new BackupContents(id, state, members, tables, copiedTables, copiedBytes);
    }

    private static int crc(byte[] bytes, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }
}
