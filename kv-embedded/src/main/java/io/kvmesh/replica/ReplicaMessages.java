package io.kvmesh.replica;

import io.kvmesh.api.KvConfig;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.MapId;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.Invariants;
import java.util.ArrayList;
import java.util.List;

/** The payloads of replica requests and replies, as docs/formats/replica.md states them. Stateless. */
public final class ReplicaMessages {
    /** A partition has at most this many replicas, those of two rings while the ring changes. */
    static final int RECEIVERS_MAX = 2 * KvConfig.REPLICATION_FACTOR_MAX;

    private static final int TOMBSTONE_FLAG = 1;
    private static final int EXPIRY_FLAG = 2;
    private static final int KNOWN_FLAGS = TOMBSTONE_FLAG | EXPIRY_FLAG;
    /** Map identity, descriptor hash and key length. */
    private static final int KEY_HEADER_BYTES = 16;

    private static final int EPOCH_BYTES = 16;
    private static final int CELL_HEADER_BYTES = 1 + 8 + 8 + 8 + 4;
    private static final int NAME_CHARACTERS_MAX = 256;

    private ReplicaMessages() {}

    /** The room that {@link #putHead} needs. */
    public static int headBytes(Key key) {
        return EPOCH_BYTES + keyBytes(key);
    }

    /** The room that {@link #putKey} needs. */
    public static int keyBytes(Key key) {
        return KEY_HEADER_BYTES + key.length();
    }

    /** The most room that {@link #putCell} needs. */
    public static int cellBytes(Cell cell) {
        return CELL_HEADER_BYTES + (cell.isTombstone() ? 0 : cell.value().length);
    }

    /**
     * What all requests about keys begin with.
     *
     * @param epoch the state of the ring by which the replica was chosen
     */
    public static void putHead(ByteWriter to, RingEpoch epoch, MapDescriptor map, Key key) {
        putEpoch(to, epoch);
        putKey(to, map, key);
    }

    /** The room that {@link #putReceivers} needs. */
    public static int receiversBytes(int receivers) {
        return 1 + 8 * receivers;
    }

    /** To whom a write is to be passed on: what stands before the write. */
    public static void putReceivers(ByteWriter to, List<NodeId> receivers) {
        Invariants.check(
                !receivers.isEmpty() && receivers.size() <= RECEIVERS_MAX,
                "%d receivers are not between 1 and %d",
                receivers.size(),
                RECEIVERS_MAX);
        to.putByte(receivers.size());
        receivers.forEach(receiver -> to.putLong(receiver.value()));
    }

    static List<NodeId> readReceivers(ByteReader from) {
        int count = from.readUnsignedByte();
        if (count < 1 || count > RECEIVERS_MAX) {
            throw new MalformedBytesException(count + " receivers are not between 1 and " + RECEIVERS_MAX);
        }
        List<NodeId> receivers = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            receivers.add(new NodeId(from.readLong()));
        }
        return receivers;
    }

    public static void putKey(ByteWriter to, MapDescriptor map, Key key) {
        to.putLong(map.id().value()).putInt(descriptorHash(map)).putSizedBytes(key.bytes());
    }

    public static void putCell(ByteWriter to, Cell cell) {
        boolean expires = cell.expiryMicros() != Cell.NEVER;
        to.putByte((cell.isTombstone() ? TOMBSTONE_FLAG : 0) | (expires ? EXPIRY_FLAG : 0));
        putVersion(to, cell.version());
        if (expires) {
            to.putLong(cell.expiryMicros());
        }
        if (!cell.isTombstone()) {
            to.putSizedBytes(cell.value());
        }
    }

    public static Cell readCell(ByteReader from) {
        int flags = from.readUnsignedByte();
        if ((flags & ~KNOWN_FLAGS) != 0 || flags == KNOWN_FLAGS) {
            throw new MalformedBytesException("cell flags " + flags + " are not known");
        }
        Version version = readVersion(from);
        if ((flags & TOMBSTONE_FLAG) != 0) {
            return Cell.tombstone(version);
        }
        if ((flags & EXPIRY_FLAG) == 0) {
            return Cell.of(from.readSizedBytes(), version);
        }
        long expiryMicros = from.readLong();
        if (expiryMicros <= 0) {
            throw new MalformedBytesException("expiry " + expiryMicros + " must be positive");
        }
        return Cell.expiring(from.readSizedBytes(), version, expiryMicros);
    }

    public static Version readVersion(ByteReader from) {
        return new Version(from.readLong(), new NodeId(from.readLong()));
    }

    public static void putDescriptor(ByteWriter to, MapDescriptor map) {
        to.putString(map.name()).putString(map.keyCodec()).putString(map.valueCodec());
    }

    public static ReplyStatus readStatus(ByteReader from) {
        return ReplyStatus.ofCode(from.readUnsignedByte());
    }

    public static Refusal readRefusal(ByteReader from) {
        return Refusal.ofCode(from.readUnsignedByte());
    }

    /** What follows the text of a refusal that is of the ring. */
    public static RingEpoch readEpoch(ByteReader from) {
        long lineage = from.readLong();
        long number = from.readLong();
        if (number < 0) {
            throw new MalformedBytesException("state " + number + " of a ring must not be negative");
        }
        return new RingEpoch(lineage, number);
    }

    static void putEpoch(ByteWriter to, RingEpoch epoch) {
        to.putLong(epoch.lineage()).putLong(epoch.number());
    }

    static void putVersion(ByteWriter to, Version version) {
        to.putLong(version.timestampMicros()).putLong(version.origin().value());
    }

    static void putStatus(ByteWriter to, ReplyStatus status) {
        to.putByte(status.code());
    }

    static void putRefusal(ByteWriter to, Refusal refusal, String text) {
        putStatus(to, ReplyStatus.REFUSED);
        to.putByte(refusal.code()).putString(text);
    }

    /** @param here this member's state of the ring */
    static void putRingRefusal(ByteWriter to, Refusal refusal, String text, RingEpoch here) {
        putRefusal(to, refusal, text);
        putEpoch(to, here);
    }

    public static MapDescriptor readDescriptor(ByteReader from) {
        String name = readName(from);
        return MapDescriptor.of(name, readName(from), readName(from));
    }

    static Head readHead(ByteReader from) {
        RingEpoch epoch = readEpoch(from);
        return new Head(epoch, readKey(from));
    }

    static KeyOfMap readKey(ByteReader from) {
        MapId map = new MapId(from.readLong());
        int descriptorHash = from.readInt();
        byte[] key = from.readSizedBytes();
        if (key.length < Key.PARTITION_BYTES) {
            throw new MalformedBytesException("a key of " + key.length + " bytes has no partition");
        }
        return new KeyOfMap(map, descriptorHash, Key.ofStorageBytes(key));
    }

    static Mutation readMutation(KeyOfMap key, ByteReader from) {
        return new Mutation(key.map(), key.key(), readCell(from));
    }

    /** A short check that two members mean the same by a map. */
    static int descriptorHash(MapDescriptor map) {
        return map.keyCodec().hashCode() * 31 + map.valueCodec().hashCode();
    }

    private static String readName(ByteReader from) {
        String name = from.readString();
        if (name.length() > NAME_CHARACTERS_MAX) {
            throw new MalformedBytesException(
                    "a name of " + name.length() + " characters is over the limit of " + NAME_CHARACTERS_MAX);
        }
        return name;
    }

    /** What a request about keys begins with. */
    record Head(RingEpoch epoch, KeyOfMap of) {
        MapId map() {
            return of.map();
        }

        Key key() {
            return of.key();
        }
    }

    /** What a request is about. */
    record KeyOfMap(MapId map, int descriptorHash, Key key) {}
}
