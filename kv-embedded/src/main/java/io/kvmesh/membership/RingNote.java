package io.kvmesh.membership;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.RingEpoch;

/**
 * What a member tells by gossip about the ring that it knows. Immutable.
 *
 * @param epoch the latest state of the ring that it has stored; number 0 if it only knows which ring it wants to join
 * @param foundedMicros when that ring was founded
 * @param streamedNumber the number of the last change for which it has fetched all that it gains; 0 if there was none
 */
record RingNote(RingEpoch epoch, long foundedMicros, long streamedNumber) {
    static final RingNote NONE = new RingNote(RingEpoch.NONE, 0, 0);

    boolean isNone() {
        return epoch.lineage() == 0;
    }

    byte[] encode() {
        return new ByteWriter(4 * Long.BYTES)
                .putLong(epoch.lineage())
                .putLong(epoch.number())
                .putLong(foundedMicros)
                .putLong(streamedNumber)
                .toBytes();
    }

    /** @throws io.kvmesh.codec.MalformedBytesException if that is no note */
    static RingNote decode(byte[] bytes) {
        ByteReader reader = new ByteReader(bytes);
        return new RingNote(new RingEpoch(reader.readLong(), reader.readLong()), reader.readLong(), reader.readLong());
    }
}
