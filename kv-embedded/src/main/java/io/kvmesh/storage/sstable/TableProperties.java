package io.kvmesh.storage.sstable;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;

/**
 * What is known of an SSTable without reading its records. Immutable.
 *
 * @param expiryMicrosMin the earliest expiry of an expiring value, or {@link Long#MAX_VALUE} if none expires
 * @param expiryMicrosMax the latest expiry, or {@link Long#MAX_VALUE} if some record never expires
 */
public record TableProperties(
        MapId map,
        Key first,
        Key last,
        long records,
        long tombstones,
        long timestampMicrosMin,
        long timestampMicrosMax,
        long expiryMicrosMin,
        long expiryMicrosMax) {

    void encode(ByteWriter writer) {
        writer.putLong(map.value()).putSizedBytes(first.bytes()).putSizedBytes(last.bytes());
        writer.putLong(records).putLong(tombstones);
        writer.putLong(timestampMicrosMin).putLong(timestampMicrosMax);
        writer.putLong(expiryMicrosMin).putLong(expiryMicrosMax);
    }

    static TableProperties decode(ByteReader reader) {
        return new TableProperties(
                new MapId(reader.readLong()),
                Key.ofStorageBytes(reader.readSizedBytes()),
                Key.ofStorageBytes(reader.readSizedBytes()),
                reader.readLong(),
                reader.readLong(),
                reader.readLong(),
                reader.readLong(),
                reader.readLong(),
                reader.readLong());
    }
}
