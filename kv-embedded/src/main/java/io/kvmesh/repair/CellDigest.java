package io.kvmesh.repair;

import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.Hash128;
import io.kvmesh.model.Murmur3;
import io.kvmesh.storage.record.RecordView;

/**
 * Hashes cells for comparison: key, version, and value with its expiry or that there is none. Not safe for several
 * threads. The version alone would tell most differences; with the value those are found, too, that a faulty disk or
 * memory made.
 */
final class CellDigest {
    private static final int BYTES = 7 * Long.BYTES + 1;

    private final ByteWriter parts = new ByteWriter(BYTES);

    /** Where among the leaves a key belongs. */
    static Hash128 ofKey(RecordView record) {
        return Murmur3.hash128(record.key(), 0, record.keyLength());
    }

    /** The hash of a cell under its key. What has expired has the same one as the deletion that takes its place. */
    Hash128 of(RecordView record, Hash128 key, long nowMicros) {
        boolean live = record.isLive(nowMicros);
        parts.reset();
        parts.putLong(key.high()).putLong(key.low());
        parts.putLong(record.timestampMicros()).putLong(record.origin().value());
        parts.putByte(live ? 1 : 0);
        if (live) {
            Hash128 value = Murmur3.hash128(record.valueArray(), record.valueOffset(), record.valueLength());
            parts.putLong(record.expiryMicros()).putLong(value.high()).putLong(value.low());
        }
        return Murmur3.hash128(parts.array(), 0, parts.length());
    }
}
