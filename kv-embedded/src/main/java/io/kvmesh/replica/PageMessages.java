package io.kvmesh.replica;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.KeySpan;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.RingEpoch;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The payloads by which cells of many keys are asked for, as docs/formats/replica.md states them. Stateless. */
public final class PageMessages {
    /** What the records of a page take at most, before the last of them. */
    public static final int PAGE_BYTES_MAX = 256 * 1024;

    private static final int OPEN_END = 0;
    private static final int END_FOLLOWS = 1;
    /** Added to these. */
    private static final int DESPITE_LOSSES = 2;
    /** The length of its key, and a tombstone without a value. */
    private static final int RECORD_BYTES_MIN = 4 + Key.PARTITION_BYTES + 1 + 8 + 8;

    private PageMessages() {}

    /** One key and what a replica has under it. */
    public record KeyedCell(Key key, Cell cell) {}

    /**
     * What a replica has of a span.
     *
     * @param more whether it has more behind the last of these
     */
    public record Page(List<KeyedCell> cells, boolean more) {
        public Page {
            cells = List.copyOf(cells);
        }
    }

    /** The room that {@link #putRequest} needs. */
    public static int requestBytes(KeySpan span) {
        Key to = span.to();
        return ReplicaMessages.headBytes(span.from()) + 1 + (to == null ? 0 : 4 + to.length()) + 4;
    }

    /**
     * Asks for what there is of a span, up to so many bytes, which are at most {@link #PAGE_BYTES_MAX}.
     *
     * @param epoch the state of the ring by which this replica was chosen
     * @param despiteLosses whether what can be read is wanted also where something is lost
     */
    public static void putRequest(
            ByteWriter writer, RingEpoch epoch, MapDescriptor map, KeySpan span, int bytesMax, boolean despiteLosses) {
        ReplicaMessages.putHead(writer, epoch, map, span.from());
        Key to = span.to();
        writer.putByte((to == null ? OPEN_END : END_FOLLOWS) + (despiteLosses ? DESPITE_LOSSES : 0));
        if (to != null) {
            writer.putSizedBytes(to.bytes());
        }
        writer.putInt(bytesMax);
    }

    /** What follows the first key in a request. */
    record RestOfRequest(@Nullable Key to, int bytesMax, boolean despiteLosses) {}

    static RestOfRequest readRest(Key from, ByteReader reader) {
        int kind = reader.readUnsignedByte();
        if (kind > END_FOLLOWS + DESPITE_LOSSES) {
            throw new MalformedBytesException("unknown kind " + kind + " of end of a span");
        }
        Key to = kind % DESPITE_LOSSES == OPEN_END ? null : readKey(reader);
        if (to != null && from.compareTo(to) >= 0) {
            throw new MalformedBytesException("a span from " + from + " cannot end before its first key, at " + to);
        }
        int bytesMax = reader.readInt();
        if (bytesMax < 1 || bytesMax > PAGE_BYTES_MAX) {
            throw new MalformedBytesException(
                    "a page of " + bytesMax + " bytes was asked for; 1 to " + PAGE_BYTES_MAX + " are allowed");
        }
        return new RestOfRequest(to, bytesMax, kind >= DESPITE_LOSSES);
    }

    /** What a record takes in a page at most. */
    public static int recordBytes(KeyedCell record) {
        return 4 + record.key().length() + ReplicaMessages.cellBytes(record.cell());
    }

    static void putPage(ByteWriter writer, Page page) {
        ReplicaMessages.putStatus(writer, ReplyStatus.PAGE);
        writer.putByte(page.more() ? 1 : 0).putInt(page.cells().size());
        for (KeyedCell record : page.cells()) {
            writer.putSizedBytes(record.key().bytes());
            ReplicaMessages.putCell(writer, record.cell());
        }
    }

    /** What follows the status of a reply. Keys ascend within the span that was asked for. */
    public static Page readPage(ByteReader reader, KeySpan asked) {
        int more = reader.readUnsignedByte();
        if (more > 1) {
            throw new MalformedBytesException("whether a page has more is told by 0 or 1, not " + more);
        }
        int count = reader.readCount(RECORD_BYTES_MIN);
        if (more == 1 && count == 0) {
            throw new MalformedBytesException("an empty page has more behind it");
        }
        List<KeyedCell> cells = new ArrayList<>(count);
        Key previous = null;
        for (int i = 0; i < count; i++) {
            Key key = readKey(reader);
            if (!asked.contains(key) || (previous != null && previous.compareTo(key) >= 0)) {
                throw new MalformedBytesException("key " + key + " does not belong into the page behind " + previous);
            }
            cells.add(new KeyedCell(key, ReplicaMessages.readCell(reader)));
            previous = key;
        }
        return new Page(cells, more == 1);
    }

    private static Key readKey(ByteReader reader) {
        byte[] bytes = reader.readSizedBytes();
        if (bytes.length < Key.PARTITION_BYTES) {
            throw new MalformedBytesException("a key of " + bytes.length + " bytes has no partition");
        }
        return Key.ofStorageBytes(bytes);
    }
}
