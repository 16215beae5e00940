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
    static final int VERSION = 1;
    static final int SEGMENT_HEADER_BYTES = 32;

    /** Length (4), map (8), synced position (8), CRC (4). */
    static final int FRAME_HEADER_BYTES = 24;
    /** What the frame's checksum covers beyond the header: position (8) and the record's own checksum (4). */
    static final int FRAME_SEED_BYTES = 12;
    /** Header bytes in front of the frame's checksum. */
    static final int FRAME_CHECKED_BYTES = FRAME_HEADER_BYTES - 4;

    static final int FRAME_ALIGNMENT_BYTES = 8;

    /** Instead of a length: the store was closed in order here. */
    static final int MARK_CLOSED = -1;
    /** Instead of a length: the log goes on in the next segment. */
    static final int MARK_CONTINUED = -2;

    private static final String SUFFIX = ".seg";

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private LogFormat() {}

    /**
     * What stands at the start of a segment.
     *
     * @param firstSegmentId the first segment that the store wrote since it was opened: what later frames promise to be
     *     synced begins there
     */
    record SegmentHeader(int segmentId, int firstSegmentId, NodeId node) {

        byte[] encode() {
            ByteWriter writer = new ByteWriter(SEGMENT_HEADER_BYTES);
            writer.putLong(MAGIC).putInt(VERSION).putInt(segmentId).putInt(firstSegmentId);
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
            SegmentHeader header = new SegmentHeader(reader.readInt(), reader.readInt(), new NodeId(reader.readLong()));
            if (magic != MAGIC || reader.readInt() != crc(bytes, 0, SEGMENT_HEADER_BYTES - 4)) {
                return null;
            }
            if (version != VERSION) {
                throw new StoreException("log segment " + file + " has format version " + version
                        + ", this library reads version " + VERSION + ": open it with a newer library");
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

    /** How far the next frame is behind a frame with a record of this length (marks have none). */
    static int frameBytes(int length) {
        int bytes = FRAME_HEADER_BYTES + Math.max(0, length);
        return (bytes + FRAME_ALIGNMENT_BYTES - 1) & -FRAME_ALIGNMENT_BYTES;
    }

    static int crc(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }

    static int getInt(byte[] bytes, int offset) {
        return (int) INTS.get(bytes, offset);
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
