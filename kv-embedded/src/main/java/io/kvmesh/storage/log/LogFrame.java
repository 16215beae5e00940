package io.kvmesh.storage.log;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.Invariants;
import io.kvmesh.storage.record.Varints;
import java.util.List;

/**
 * One entry of the log while it is put together: one record, or those of a batch. They are encoded before their place
 * in the log is known, and the header is put in front of them when it is. Reusable; not safe for several threads.
 *
 * <p>The array holds what the checksum covers besides (the checksum of the records, and the frame's position) directly
 * in front of the frame, so that one pass covers both.
 */
public final class LogFrame {
    private static final int RECORDS_AT = FrameHeader.SEED_BYTES + FrameHeader.BYTES_MAX;
    /** Arrays beyond this size are not kept for the next frame. */
    private static final int KEPT_BYTES_MAX = 64 * 1024;
    /** Instead of a map's number: it has none yet in this segment. */
    static final int MAP_UNNUMBERED = -1;

    private final NodeId node;
    private final byte[] kept;
    private byte[] bytes;
    private MapId map = new MapId(0);
    private long firstStampMicros;
    private long lastStampMicros;
    private int recordsCrc;
    private int frameAt = RECORDS_AT;
    private int end = RECORDS_AT;

    /** @param node the member whose log this is */
    public LogFrame(NodeId node) {
        this(node, new byte[KEPT_BYTES_MAX]);
    }

    private LogFrame(NodeId node, byte[] kept) {
        this.node = node;
        this.kept = kept;
        this.bytes = kept;
    }

    /** Encodes a record and its map. */
    public LogFrame encode(MapId recordMap, Key key, Cell cell) {
        begin(recordMap, RecordOfVersion2.bytesMax(key, cell));
        addFirst(key, cell);
        recordsCrc = LogFormat.crc(bytes, RECORDS_AT, end - RECORDS_AT);
        return this;
    }

    /** Encodes records of one map, at least one, in their order. */
    public LogFrame encodeAll(List<Mutation> batch) {
        long bytesMax = 0;
        for (int i = 0; i < batch.size(); i++) {
            bytesMax +=
                    RecordOfVersion2.bytesMax(batch.get(i).key(), batch.get(i).cell());
        }
        Mutation first = batch.get(0);
        begin(first.map(), bytesMax);
        addFirst(first.key(), first.cell());
        for (int i = 1; i < batch.size(); i++) {
            Mutation next = batch.get(i);
            Invariants.check(next.map().equals(map), "a frame has records of one map");
            end = RecordOfVersion2.putNext(next.key(), next.cell(), node, lastStampMicros, bytes, end);
            lastStampMicros = next.cell().version().timestampMicros();
        }
        recordsCrc = LogFormat.crc(bytes, RECORDS_AT, end - RECORDS_AT);
        return this;
    }

    private void begin(MapId recordMap, long recordBytesMax) {
        int needed = Math.toIntExact(RECORDS_AT + recordBytesMax);
        bytes = needed <= kept.length ? kept : new byte[needed];
        map = recordMap;
    }

    private void addFirst(Key key, Cell cell) {
        end = RecordOfVersion2.putFirst(key, cell, node, bytes, RECORDS_AT);
        firstStampMicros = cell.version().timestampMicros();
        lastStampMicros = firstStampMicros;
    }

    /** A frame without a record, at its place. */
    static LogFrame mark(int type, long position, long syncedPosition) {
        LogFrame frame = new LogFrame(new NodeId(0), new byte[RECORDS_AT + FrameHeader.MARK_BYTES_MAX]);
        frame.begin(type, position, syncedPosition);
        frame.end = frame.seal(frame.putSynced(frame.frameAt + 1, position, syncedPosition), position);
        return frame;
    }

    /**
     * Puts the header in front of the records.
     *
     * @param mapNumber of the map in the segment, or {@link #MAP_UNNUMBERED}
     * @param stampBefore the stamp of the last record before, or 0
     */
    void complete(long position, long syncedPosition, int mapNumber, long stampBefore) {
        int recordBytes = end - RECORDS_AT;
        long stampStep = RecordOfVersion2.unsigned(firstStampMicros - stampBefore);
        boolean named = mapNumber == MAP_UNNUMBERED;
        int fieldBytes = 1
                + Varints.sizeBytes(recordBytes)
                + syncedBytes(position, syncedPosition)
                + (named ? FrameHeader.MAP_BYTES : Varints.sizeBytes(mapNumber))
                + Varints.sizeBytes(stampStep);
        frameAt = RECORDS_AT - fieldBytes - FrameHeader.CHECK_BYTES - FrameHeader.CRC_BYTES;
        begin(FrameHeader.TYPE_RECORDS | (named ? FrameHeader.FLAG_MAP_NAMED : 0), position, syncedPosition);
        int at = Varints.put(bytes, frameAt + 1, recordBytes);
        at = putSynced(at, position, syncedPosition);
        if (named) {
            LogFormat.setLong(bytes, at, map.value());
            at += FrameHeader.MAP_BYTES;
        } else {
            at = Varints.put(bytes, at, mapNumber);
        }
        at = seal(Varints.put(bytes, at, stampStep), position);
        Invariants.check(at == RECORDS_AT, "a header of %d bytes ends at %d", fieldBytes, at);
    }

    private void begin(int kind, long position, long syncedPosition) {
        int earlier = isSameSegment(position, syncedPosition) ? 0 : FrameHeader.FLAG_SYNCED_EARLIER;
        bytes[frameAt] = (byte) (FrameHeader.KIND | kind | earlier);
    }

    private static boolean isSameSegment(long position, long syncedPosition) {
        return LogPosition.segmentId(position) == LogPosition.segmentId(syncedPosition);
    }

    private static int syncedBytes(long position, long syncedPosition) {
        return isSameSegment(position, syncedPosition)
                ? Varints.sizeBytes(position - syncedPosition)
                : Varints.sizeBytes(segmentsBack(position, syncedPosition))
                        + Varints.sizeBytes(LogPosition.offset(syncedPosition));
    }

    private int putSynced(int offset, long position, long syncedPosition) {
        if (isSameSegment(position, syncedPosition)) {
            return Varints.put(bytes, offset, position - syncedPosition);
        }
        int at = Varints.put(bytes, offset, segmentsBack(position, syncedPosition));
        return Varints.put(bytes, at, LogPosition.offset(syncedPosition));
    }

    private static int segmentsBack(long position, long syncedPosition) {
        return LogPosition.segmentId(position) - LogPosition.segmentId(syncedPosition);
    }

    /** Puts both checksums behind the fields of the header and returns the place behind them. */
    private int seal(int checkAt, long position) {
        int seedAt = frameAt - FrameHeader.SEED_BYTES;
        LogFormat.setInt(bytes, seedAt, recordsCrc);
        LogFormat.setLong(bytes, seedAt + FrameHeader.POSITION_AT, position);
        LogFormat.setShort(bytes, checkAt, FrameHeader.check(bytes, seedAt + FrameHeader.POSITION_AT, checkAt));
        int crcAt = checkAt + FrameHeader.CHECK_BYTES;
        LogFormat.setInt(bytes, crcAt, LogFormat.crc(bytes, seedAt, crcAt - seedAt));
        return crcAt + FrameHeader.CRC_BYTES;
    }

    MapId map() {
        return map;
    }

    /** The stamp of the last record. */
    long lastStampMicros() {
        return lastStampMicros;
    }

    byte[] array() {
        return bytes;
    }

    /** Where the frame starts in the array, once it has a header. */
    int offset() {
        return frameAt;
    }

    /** Bytes to write, once it has a header. */
    int length() {
        return end - frameAt;
    }

    /** More bytes than the frame will take in the log. */
    int lengthMax() {
        return end - RECORDS_AT + FrameHeader.BYTES_MAX;
    }

    /** Lets go of an array too large to keep. */
    public void release() {
        bytes = kept;
    }
}
