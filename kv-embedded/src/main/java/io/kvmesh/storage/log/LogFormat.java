package io.kvmesh.storage.log;

import io.kvmesh.api.StoreException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.NodeId;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** The layout of log segments, described in docs/formats/commitlog.md. Stateless. */
final class LogFormat {
    static final long MAGIC = 0x4B564D4C4F470D0AL;
    static final int VERSION = 2;
    private static final int VERSION_MIN = 1;
    static final int SEGMENT_HEADER_BYTES = 32;

    private static final String SUFFIX = ".seg";

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle SHORTS = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private LogFormat() {}

    /**
     * What stands at the start of a segment.
     *
     * @param firstSegmentId the first segment that the store wrote since it was opened: what later frames promise to be
     *     synced begins there
     */
    record SegmentHeader(int version, int segmentId, int firstSegmentId, NodeId node) {

        /** Of a segment that is written now. */
        SegmentHeader(int segmentId, int firstSegmentId, NodeId node) {
            this(VERSION, segmentId, firstSegmentId, node);
        }

        byte[] encode() {
            ByteWriter writer = new ByteWriter(SEGMENT_HEADER_BYTES);
            writer.putLong(MAGIC).putInt(version).putInt(segmentId).putInt(firstSegmentId);
            writer.putLong(node.value());
            return writer.putInt(crc(writer.array(), 0, writer.length())).toBytes();
        }

        /** The header, or null if these bytes are none. */
        static @Nullable SegmentHeader decode(Path file, byte[] bytes, int length) {
            if (length < SEGMENT_HEADER_BYTES) {
                return null;
            }
            ByteReader reader = new ByteReader(bytes, 0, SEGMENT_HEADER_BYTES);
            long magic = reader.readLong();
            int version = reader.readInt();
            SegmentHeader header =
                    new SegmentHeader(version, reader.readInt(), reader.readInt(), new NodeId(reader.readLong()));
            if (magic != MAGIC || reader.readInt() != crc(bytes, 0, SEGMENT_HEADER_BYTES - 4)) {
                return null;
            }
            if (version < VERSION_MIN || version > VERSION) {
                throw new StoreException("log segment " + file + " has format version " + version
                        + ", this library reads versions "
                        + VERSION_MIN + " to " + VERSION + ": open it with a newer library");
            }
            return header;
        }
    }

    static Path file(Path directory, int segmentId) {
        return directory.resolve(String.format(Locale.ROOT, "%010d%s", segmentId, SUFFIX));
    }

    /** The number of the segment in a file of this name, or -1 if it is no segment. */
    static int segmentIdOf(Path file) {
        String name = String.valueOf(file.getFileName());
        if (!name.endsWith(SUFFIX)) {
            return -1;
        }
        try {
            return Integer.parseInt(name.substring(0, name.length() - SUFFIX.length()));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    static int crc(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }

    static int getInt(byte[] bytes, int offset) {
        return (int) INTS.get(bytes, offset);
    }

    static short getShort(byte[] bytes, int offset) {
        return (short) SHORTS.get(bytes, offset);
    }

    static void setShort(byte[] bytes, int offset, short value) {
        SHORTS.set(bytes, offset, value);
    }

    static long getLong(byte[] bytes, int offset) {
        return (long) LONGS.get(bytes, offset);
    }

    static void setInt(byte[] bytes, int offset, int value) {
        INTS.set(bytes, offset, value);
    }

    static void setLong(byte[] bytes, int offset, long value) {
        LONGS.set(bytes, offset, value);
    }
}
