package io.kvmesh.membership;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.NodeId;
import io.kvmesh.transport.PeerId;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * The payloads of the gossip verbs and of PING, as {@code docs/formats/gossip.md} describes them. Stateless, safe for
 * any thread. Decoding throws {@link MalformedBytesException} and nothing else.
 *
 * <p>Every payload is a format version, a checksum and a body. The checksum is there because what gossip learns spreads
 * to every member and is kept: one damaged token would misplace keys everywhere.
 */
final class GossipCodec {
    static final int FORMAT_VERSION = 1;
    /** A longer payload is refused. The digest of {@link MembershipConfig#MEMBERS_MAX} members fits. */
    static final int PAYLOAD_BYTES_MAX = 512 * 1024;
    /** States and requests of one message stop here; the rest follows in later rounds. */
    static final int DELTA_BYTES_MAX = 256 * 1024;

    static final int FIELDS_MAX = 32;
    static final int FIELD_BYTES_MAX = 128 * 1024;

    private static final int VAR_LONG_BYTES_MAX = 9;
    /** A node identity, a generation and a version. */
    static final int ENTRY_BYTES_MAX = Long.BYTES + 2 * VAR_LONG_BYTES_MAX;

    private static final int ENTRY_BYTES_MIN = Long.BYTES + 2;
    private static final int STATE_BYTES_MIN = Long.BYTES + 4;
    private static final int HEADER_BYTES = 1 + Integer.BYTES;
    private static final int FLAG_COMPLETE = 1;

    private GossipCodec() {}

    static byte[] encode(Digest digest) {
        ByteWriter writer = newPayload(64 + digest.entries().size() * ENTRY_BYTES_MAX);
        writer.putByte(digest.complete() ? FLAG_COMPLETE : 0);
        putEntries(writer, digest.entries());
        return finish(writer);
    }

    static byte[] encode(Delta delta) {
        ByteWriter writer = newPayload(1024);
        writer.putInt(delta.states().size());
        delta.states().forEach(state -> putState(writer, state));
        putEntries(writer, delta.requests());
        return finish(writer);
    }

    static byte[] encode(Probe probe) {
        ByteWriter writer = newPayload(64);
        writer.putByte(probe.kind().code()).putLong(probe.origin().value());
        putEntry(writer, new DigestEntry(probe.subject(), probe.version()));
        return finish(writer);
    }

    static Digest decodeDigest(ByteReader payload) {
        ByteReader body = openBody(payload);
        boolean complete = (body.readUnsignedByte() & FLAG_COMPLETE) != 0;
        return new Digest(complete, readEntries(body));
    }

    static Delta decodeDelta(ByteReader payload) {
        ByteReader body = openBody(payload);
        int count = body.readCount(STATE_BYTES_MIN);
        List<StateDelta> states = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            states.add(readState(body));
        }
        return new Delta(states, readEntries(body));
    }

    static Probe decodeProbe(ByteReader payload) {
        ByteReader body = openBody(payload);
        int code = body.readUnsignedByte();
        NodeId origin = new NodeId(body.readLong());
        DigestEntry subject = readEntry(body);
        for (Probe.Kind kind : Probe.Kind.values()) {
            if (kind.code() == code) {
                return new Probe(kind, origin, subject.peer(), subject.version());
            }
        }
        throw new MalformedBytesException("probe kind " + code + " is not known");
    }

    /** An upper bound of what a state takes in a message. */
    static int sizeBytesMax(StateDelta state) {
        int size = Long.BYTES + 3 * VAR_LONG_BYTES_MAX + 1;
        for (Field field : state.fields().values()) {
            size += 5 + VAR_LONG_BYTES_MAX + 5 + field.bytes().length;
        }
        return size;
    }

    private static ByteWriter newPayload(int capacity) {
        return new ByteWriter(HEADER_BYTES + capacity).putByte(FORMAT_VERSION).putInt(0);
    }

    private static byte[] finish(ByteWriter writer) {
        writer.setInt(1, checksum(writer.array(), HEADER_BYTES, writer.length() - HEADER_BYTES));
        return writer.toBytes();
    }

    private static ByteReader openBody(ByteReader payload) {
        if (payload.remaining() > PAYLOAD_BYTES_MAX) {
            throw new MalformedBytesException(
                    "a gossip payload of " + payload.remaining() + " bytes exceeds " + PAYLOAD_BYTES_MAX);
        }
        int formatVersion = payload.readUnsignedByte();
        if (formatVersion != FORMAT_VERSION) {
            throw new MalformedBytesException(
                    "gossip format " + formatVersion + " is not known, this member speaks " + FORMAT_VERSION);
        }
        int expected = payload.readInt();
        byte[] body = payload.readBytes(payload.remaining());
        if (checksum(body, 0, body.length) != expected) {
            throw new MalformedBytesException("the checksum of a gossip payload is wrong");
        }
        return new ByteReader(body);
    }

    private static int checksum(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }

    private static void putEntries(ByteWriter writer, List<DigestEntry> entries) {
        writer.putInt(entries.size());
        entries.forEach(entry -> putEntry(writer, entry));
    }

    private static void putEntry(ByteWriter writer, DigestEntry entry) {
        writer.putLong(entry.peer().node().value());
        putVarLong(writer, entry.peer().generation());
        putVarLong(writer, entry.version());
    }

    private static List<DigestEntry> readEntries(ByteReader reader) {
        int count = reader.readCount(ENTRY_BYTES_MIN);
        List<DigestEntry> entries = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            entries.add(readEntry(reader));
        }
        return entries;
    }

    private static DigestEntry readEntry(ByteReader reader) {
        PeerId peer = new PeerId(new NodeId(reader.readLong()), readVarLong(reader));
        return new DigestEntry(peer, readVarLong(reader));
    }

    private static void putState(ByteWriter writer, StateDelta state) {
        writer.putLong(state.peer().node().value());
        putVarLong(writer, state.peer().generation());
        putVarLong(writer, state.since());
        putVarLong(writer, state.heartbeat());
        writer.putByte(state.fields().size());
        state.fields().forEach((code, field) -> {
            writer.putVarInt(code);
            putVarLong(writer, field.version());
            writer.putVarInt(field.bytes().length).putBytes(field.bytes());
        });
    }

    private static StateDelta readState(ByteReader reader) {
        PeerId peer = new PeerId(new NodeId(reader.readLong()), readVarLong(reader));
        long since = readVarLong(reader);
        long heartbeat = readVarLong(reader);
        int count = reader.readUnsignedByte();
        if (count > FIELDS_MAX) {
            throw new MalformedBytesException(count + " properties of a member exceed " + FIELDS_MAX);
        }
        SortedMap<Integer, Field> fields = new TreeMap<>();
        for (int i = 0; i < count; i++) {
            int code = reader.readVarInt();
            long version = readVarLong(reader);
            int length = reader.readVarInt();
            if (length < 0 || length > FIELD_BYTES_MAX) {
                throw new MalformedBytesException("a property of " + length + " bytes exceeds " + FIELD_BYTES_MAX);
            }
            fields.put(code, new Field(version, reader.readBytes(length)));
        }
        StateDelta state = new StateDelta(peer, since, heartbeat, fields);
        // Decoding the properties here keeps a state that cannot be understood from ever reaching the table.
        EndpointState.received(state);
        return state;
    }

    private static void putVarLong(ByteWriter writer, long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            writer.putByte((int) (rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        writer.putByte((int) rest);
    }

    /** At most nine bytes: numbers on the wire are not negative. */
    private static long readVarLong(ByteReader reader) {
        long value = 0;
        for (int shift = 0; shift < 7 * VAR_LONG_BYTES_MAX; shift += 7) {
            int next = reader.readByte();
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new MalformedBytesException("a variable-length number has more than nine bytes");
    }
}
