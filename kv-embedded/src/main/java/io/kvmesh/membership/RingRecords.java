package io.kvmesh.membership;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.membership.Departures.Departure;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.RingState;
import io.kvmesh.transport.PeerId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What this member keeps of the ring on its disk: the latest state that it knows, its vote about the next one, how
 * other rings ended, and who departed. Confined to the control lane. All is saved before anything is done or said that
 * follows from it.
 */
final class RingRecords {
    static final String RING = "ring";
    static final String VOTE = "ring-vote";
    static final String DISSOLVED = "ring-dissolved";
    static final String MERGING = "ring-merging";
    static final String DEPARTED = "ring-departed";

    private static final int DEPARTURE_BYTES = 3 * Long.BYTES;

    private final @Nullable NodeStore store;

    /** @param store null if nothing is to be kept */
    RingRecords(@Nullable NodeStore store) {
        this.store = store;
    }

    /** @throws NodeStoreException if it cannot be read */
    SavedRing load() {
        byte[] merging = read(MERGING);
        boolean isMerging = merging != null && merging.length == 1 && merging[0] == 1;
        return new SavedRing(ring(), vote(), dissolved(), isMerging, departures());
    }

    private @Nullable RingState ring() {
        byte[] bytes = read(RING);
        try {
            return bytes == null ? null : RingCodec.decodeState(bytes);
        } catch (MalformedBytesException e) {
            throw new NodeStoreException("the state of the ring in the node store is damaged: " + e.getMessage(), e);
        }
    }

    /** @throws NodeStoreException if it cannot be saved */
    void save(RingState ring) {
        write(RING, RingCodec.encode(ring));
    }

    private RingVote vote() {
        byte[] bytes = read(VOTE);
        if (bytes == null) {
            return RingVote.NONE;
        }
        try {
            ByteReader body = RingCodec.openBody(new ByteReader(bytes));
            return new RingVote(
                    RingCodec.readEpoch(body),
                    RingCodec.readBallot(body),
                    RingCodec.readBallot(body),
                    body.readUnsignedByte() == 0 ? null : RingCodec.decodeState(body.readSizedBytes()));
        } catch (MalformedBytesException e) {
            throw new NodeStoreException("this member's vote in the node store is damaged: " + e.getMessage(), e);
        }
    }

    /** @throws NodeStoreException if it cannot be saved */
    void save(RingVote vote) {
        ByteWriter writer = RingCodec.newPayload(64);
        RingCodec.putEpoch(writer, vote.epoch());
        RingCodec.putBallot(writer, vote.promised());
        RingCodec.putBallot(writer, vote.accepted());
        RingState state = vote.state();
        writer.putByte(state == null ? 0 : 1);
        if (state != null) {
            writer.putSizedBytes(RingCodec.encode(state));
        }
        write(VOTE, RingCodec.finish(writer));
    }

    private List<RingState> dissolved() {
        byte[] bytes = read(DISSOLVED);
        if (bytes == null) {
            return List.of();
        }
        try {
            ByteReader body = RingCodec.openBody(new ByteReader(bytes));
            int count = body.readCount(Integer.BYTES);
            List<RingState> states = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                states.add(RingCodec.decodeState(body.readSizedBytes()));
            }
            return states;
        } catch (MalformedBytesException e) {
            throw new NodeStoreException(
                    "the list of dissolved rings in the node store is damaged: " + e.getMessage(), e);
        }
    }

    /** @throws NodeStoreException if it cannot be saved */
    void saveDissolved(Collection<RingState> states) {
        ByteWriter writer = RingCodec.newPayload(64).putInt(states.size());
        states.forEach(state -> writer.putSizedBytes(RingCodec.encode(state)));
        write(DISSOLVED, RingCodec.finish(writer));
    }

    private List<Departure> departures() {
        byte[] bytes = read(DEPARTED);
        if (bytes == null) {
            return List.of();
        }
        try {
            ByteReader body = RingCodec.openBody(new ByteReader(bytes));
            int count = body.readCount(DEPARTURE_BYTES);
            List<Departure> departures = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                PeerId peer = new PeerId(new NodeId(body.readLong()), body.readLong());
                departures.add(new Departure(peer, body.readLong()));
            }
            return departures;
        } catch (MalformedBytesException e) {
            throw new NodeStoreException(
                    "the list of departed members in the node store is damaged: " + e.getMessage(), e);
        }
    }

    /** @throws NodeStoreException if it cannot be saved */
    void saveDepartures(Collection<Departure> departures) {
        ByteWriter writer = RingCodec.newPayload(64).putInt(departures.size());
        for (Departure departure : departures) {
            writer.putLong(departure.peer().node().value());
            writer.putLong(departure.peer().generation());
            writer.putLong(departure.sinceMicros());
        }
        write(DEPARTED, RingCodec.finish(writer));
    }

    /** @throws NodeStoreException if it cannot be saved */
    void saveMerging(boolean merging) {
        write(MERGING, new byte[] {(byte) (merging ? 1 : 0)});
    }

    private byte @Nullable [] read(String name) {
        return store == null ? null : store.record(name).orElse(null);
    }

    private void write(String name, byte[] bytes) {
        if (store != null) {
            store.saveRecord(name, bytes);
        }
    }
}
