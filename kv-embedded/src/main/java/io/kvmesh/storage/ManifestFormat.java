package io.kvmesh.storage;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.StoreException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The layout of the manifest and of the file that names it, described in docs/formats/manifest.md. Stateless. */
final class ManifestFormat {
    static final String CURRENT = "CURRENT";
    private static final String PREFIX = "manifest-";
    private static final long MAGIC = 0x4B564D4D414E0D0AL;
    private static final long MAGIC_CURRENT = 0x4B564D4355520D0AL;
    private static final int VERSION = 1;
    private static final int HEADER_BYTES = 8 + 4 + 8 + 4;
    private static final int EDIT_HEADER_BYTES = 4 + 4;

    private ManifestFormat() {}

    static Path file(Path directory, long number) {
        return directory.resolve(String.format(Locale.ROOT, "%s%010d", PREFIX, number));
    }

    static boolean isManifest(Path file) {
        return String.valueOf(file.getFileName()).startsWith(PREFIX);
    }

    static byte[] encodeCurrent(long number) {
        return header(MAGIC_CURRENT, number);
    }

    static long decodeCurrent(Path file, byte[] bytes) {
        return checkHeader(file, bytes, MAGIC_CURRENT);
    }

    /** What a manifest starts with. */
    static byte[] encodeHeader(long number) {
        return header(MAGIC, number);
    }

    private static byte[] header(long magic, long number) {
        ByteWriter writer = new ByteWriter(HEADER_BYTES).putLong(magic).putInt(VERSION);
        writer.putLong(number);
        return writer.putInt(crc(0, writer.array(), 0, writer.length())).toBytes();
    }

    private static long checkHeader(Path file, byte[] bytes, long magic) {
        if (bytes.length < HEADER_BYTES) {
            throw new CorruptDataException(file + " has only " + bytes.length + " bytes: it is damaged");
        }
        ByteReader reader = new ByteReader(bytes);
        long magicFound = reader.readLong();
        int version = reader.readInt();
        long number = reader.readLong();
        if (magicFound != magic || reader.readInt() != crc(0, bytes, 0, HEADER_BYTES - 4)) {
            throw new CorruptDataException(file + " is damaged at offset 0");
        }
        if (version != VERSION) {
            throw new StoreException(file + " has format version " + version + ", this library reads version " + VERSION
                    + ": open it with a newer library");
        }
        return number;
    }

    /** One edit as it is appended at this offset of the file. */
    static byte[] encodeEdit(long offset, List<ManifestItem> items) {
        ByteWriter writer = new ByteWriter(256);
        writer.putInt(0).putInt(0);
        items.forEach(item -> item.encode(writer));
        int length = writer.length() - EDIT_HEADER_BYTES;
        writer.setInt(0, length);
        writer.setInt(4, crc(offset, writer.array(), EDIT_HEADER_BYTES, length));
        return writer.toBytes();
    }

    /**
     * Reads a manifest. A last edit that is not intact was never relied on and is left out; one before the last, or the
     * first one, is damage.
     */
    static ManifestState decode(Path file, byte[] bytes, long number) {
        if (checkHeader(file, bytes, MAGIC) != number) {
            throw new CorruptDataException(file + " says that it is another manifest: it was renamed or copied");
        }
        ManifestState state = new ManifestState();
        int offset = HEADER_BYTES;
        while (offset < bytes.length) {
            List<ManifestItem> items = editAt(bytes, offset);
            if (items == null) {
                requireTornEnd(file, bytes, offset);
                break;
            }
            state.apply(items);
            offset += EDIT_HEADER_BYTES + new ByteReader(bytes, offset, 4).readInt();
        }
        if (offset == HEADER_BYTES) {
            throw new CorruptDataException(file + " has no first edit: it is damaged");
        }
        return state;
    }

    /** How far a manifest that {@link #decode} reads is intact. */
    static int intactBytes(byte[] bytes) {
        int offset = HEADER_BYTES;
        while (offset < bytes.length && editAt(bytes, offset) != null) {
            offset += EDIT_HEADER_BYTES + new ByteReader(bytes, offset, 4).readInt();
        }
        return offset;
    }

    private static void requireTornEnd(Path file, byte[] bytes, int offset) {
        boolean damaged = offset == HEADER_BYTES;
        for (int later = offset + 1; later < bytes.length && !damaged; later++) {
            damaged = editAt(bytes, later) != null;
        }
        if (damaged) {
            throw new CorruptDataException(file + " is damaged at offset " + offset
                    + ": restore the directory from a backup, or remove it and let the other replicas fill it again");
        }
    }

    /** The items of an intact edit, or null if none stands there. */
    private static @Nullable List<ManifestItem> editAt(byte[] bytes, int offset) {
        if (offset > bytes.length - EDIT_HEADER_BYTES) {
            return null;
        }
        ByteReader header = new ByteReader(bytes, offset, EDIT_HEADER_BYTES);
        int length = header.readInt();
        int from = offset + EDIT_HEADER_BYTES;
        if (length <= 0 || length > bytes.length - from || header.readInt() != crc(offset, bytes, from, length)) {
            return null;
        }
        ByteReader reader = new ByteReader(bytes, from, length);
        List<ManifestItem> items = new ArrayList<>();
        while (reader.remaining() > 0) {
            items.add(item(reader, offset));
        }
        return items;
    }

    private static ManifestItem item(ByteReader reader, int offset) {
        try {
            return ManifestItem.decode(reader);
        } catch (MalformedBytesException e) {
            throw new StoreException(
                    "the manifest holds an edit at offset " + offset + " that this library does not know: "
                            + e.getMessage(),
                    e);
        }
    }

    private static int crc(long offset, byte[] bytes, int from, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, from, length);
        ByteWriter place = new ByteWriter(8).putLong(offset);
        crc.update(place.array(), 0, place.length());
        return (int) crc.getValue();
    }
}
