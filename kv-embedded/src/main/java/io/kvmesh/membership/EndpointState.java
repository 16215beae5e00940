package io.kvmesh.membership;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import java.util.Arrays;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one run of one member. Immutable.
 *
 * <p>The member itself numbers its changes: every heartbeat and every property that it sets takes the next version of
 * one counter, so that "all that is newer than version v" is a complete delta for whoever has version v. Properties
 * that this version of the library does not know are kept and passed on.
 */
final class EndpointState {
    static final int ADDRESS = 1;
    static final int STATUS = 2;
    // 3 was the tokens, which are told with the state of the ring.
    static final int PLACE = 4;
    static final int RING = 5;

    static final int TOKEN_BYTES = 16;
    static final int TOKENS_MAX = 4_096;

    /** The version of the address, which is all that is remembered of a member from an earlier run. */
    private static final long VERSION_OF_ADDRESS = 1;
    /** The version of the other properties that a member has from its start. */
    private static final long VERSION_AT_START = 2;

    private final PeerId peer;
    private final long heartbeat;
    private final SortedMap<Integer, Field> fields;
    private final long version;
    private final @Nullable PeerAddress address;
    private final EndpointStatus status;
    private final @Nullable Place place;
    private final RingNote ring;

    private EndpointState(PeerId peer, long heartbeat, SortedMap<Integer, Field> fields) {
        this.peer = peer;
        this.heartbeat = heartbeat;
        this.fields = Collections.unmodifiableSortedMap(fields);
        this.version = Math.max(heartbeat, maxVersion(fields));
        this.address = decodeAddress(fields.get(ADDRESS));
        this.status = decodeStatus(fields.get(STATUS));
        Field placeField = fields.get(PLACE);
        this.place = placeField == null ? null : Place.decode(placeField.bytes());
        Field ringField = fields.get(RING);
        this.ring = ringField == null ? RingNote.NONE : RingNote.decode(ringField.bytes());
    }

    private EndpointState(EndpointState known, long heartbeat) {
        this.peer = known.peer;
        this.heartbeat = heartbeat;
        this.fields = known.fields;
        this.version = Math.max(known.version, heartbeat);
        this.address = known.address;
        this.status = known.status;
        this.place = known.place;
        this.ring = known.ring;
    }

    /** The state of a member at its start. */
    static EndpointState started(PeerId peer, PeerAddress address, EndpointStatus status, Place place, RingNote ring) {
        SortedMap<Integer, Field> fields = addressOnly(VERSION_OF_ADDRESS, address);
        fields.put(STATUS, new Field(VERSION_AT_START, new byte[] {(byte) status.code()}));
        fields.put(PLACE, new Field(VERSION_AT_START, place.encode()));
        fields.put(RING, new Field(VERSION_AT_START, ring.encode()));
        return new EndpointState(peer, VERSION_AT_START + 1, fields);
    }

    /**
     * The state of a member of an earlier run of this one: older than all that the member itself says but for its
     * address, which a run never changes.
     */
    static EndpointState remembered(PeerId peer, PeerAddress address) {
        return new EndpointState(peer, VERSION_OF_ADDRESS, addressOnly(VERSION_OF_ADDRESS, address));
    }

    /** The state of a new run of a member that was met but has not told anything yet. It is not passed on. */
    static EndpointState met(PeerId peer, PeerAddress address) {
        return new EndpointState(peer, 0, addressOnly(0, address));
    }

    /**
     * A state that was received as a whole.
     *
     * @throws MalformedBytesException if a property cannot be decoded
     */
    static EndpointState received(StateDelta complete) {
        return new EndpointState(complete.peer(), complete.heartbeat(), new TreeMap<>(complete.fields()));
    }

    PeerId peer() {
        return peer;
    }

    long heartbeat() {
        return heartbeat;
    }

    /** The highest version of the heartbeat and all properties. */
    long version() {
        return version;
    }

    /** Whether the member itself, or somebody who heard it, told this. */
    boolean isKnown() {
        return version > 0;
    }

    /** Whether no more is known than what an earlier run of this member saved. */
    boolean isOfEarlierRun() {
        return version == VERSION_OF_ADDRESS;
    }

    @Nullable
    PeerAddress address() {
        return address;
    }

    EndpointStatus status() {
        return status;
    }

    /** Where the member is; null if it has not told. */
    @Nullable
    Place place() {
        return place;
    }

    /** What the member knows of the ring. */
    RingNote ring() {
        return ring;
    }

    /** Whether address, status, place, ring and all unknown properties are those of the other state. */
    boolean sameProperties(EndpointState other) {
        return fields == other.fields || fields.equals(other.fields);
    }

    EndpointState withHeartbeat(long newHeartbeat) {
        return new EndpointState(this, newHeartbeat);
    }

    boolean has(int code, byte[] bytes) {
        Field known = fields.get(code);
        return known != null && Arrays.equals(known.bytes(), bytes);
    }

    /** This state with a property that the member itself sets to another value. */
    EndpointState with(int code, byte[] bytes) {
        TreeMap<Integer, Field> changed = new TreeMap<>(fields);
        changed.put(code, new Field(version + 1, bytes));
        return new EndpointState(peer, heartbeat, changed);
    }

    StateDelta deltaSince(long since) {
        TreeMap<Integer, Field> newer = new TreeMap<>();
        fields.forEach((code, field) -> {
            if (field.version() > since) {
                newer.put(code, field);
            }
        });
        return new StateDelta(peer, since, heartbeat, newer);
    }

    /** This state with all that is newer in a delta of the same generation. */
    EndpointState plus(StateDelta delta) {
        TreeMap<Integer, Field> merged = new TreeMap<>(fields);
        boolean changed = false;
        for (var entry : delta.fields().entrySet()) {
            Field mine = merged.get(entry.getKey());
            if (mine == null || mine.version() < entry.getValue().version()) {
                merged.put(entry.getKey(), entry.getValue());
                changed = true;
            }
        }
        long newest = Math.max(heartbeat, delta.heartbeat());
        return changed ? new EndpointState(peer, newest, merged) : withHeartbeat(newest);
    }

    private static long maxVersion(SortedMap<Integer, Field> fields) {
        long max = 0;
        for (Field field : fields.values()) {
            max = Math.max(max, field.version());
        }
        return max;
    }

    private static SortedMap<Integer, Field> addressOnly(long version, PeerAddress address) {
        TreeMap<Integer, Field> fields = new TreeMap<>();
        ByteWriter addressBytes = new ByteWriter(32);
        addressBytes.putShort(address.port()).putString(address.host());
        fields.put(ADDRESS, new Field(version, addressBytes.toBytes()));
        return fields;
    }

    private static @Nullable PeerAddress decodeAddress(@Nullable Field field) {
        if (field == null) {
            return null;
        }
        ByteReader reader = new ByteReader(field.bytes());
        int port = reader.readUnsignedShort();
        String host = reader.readString();
        if (host.isEmpty()) {
            throw new MalformedBytesException("a member's address has no host");
        }
        return new PeerAddress(host, port);
    }

    private static EndpointStatus decodeStatus(@Nullable Field field) {
        return field == null
                ? EndpointStatus.UNKNOWN
                : EndpointStatus.ofCode(new ByteReader(field.bytes()).readUnsignedByte());
    }
}
