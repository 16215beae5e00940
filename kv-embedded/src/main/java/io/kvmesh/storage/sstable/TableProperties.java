package io.kvmesh.storage.sstable;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.storage.record.RecordView;

/**
 * What is known of an SSTable without reading its records. Immutable.
 *
 * @param expiryMicrosMin the earliest expiry of an expiring value, or {@link Long#MAX_VALUE} if none expires
 * @param expiryMicrosMax the latest expiry, or {@link Long#MAX_VALUE} if some record never expires
 * @param tombstoneMicrosMin the least timestamp of a tombstone, or {@link Long#MAX_VALUE} if there is none
 * @param tombstoneMicrosMax the greatest timestamp of a tombstone, or {@link Long#MIN_VALUE} if there is none
 * @param keyBytes all keys together, as they came
 * @param valueBytes all values together, as they came
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
        long expiryMicrosMax,
        long tombstoneMicrosMin,
        long tombstoneMicrosMax,
        long keyBytes,
        long valueBytes) {

    void encode(ByteWriter writer) {
        writer.putLong(map.value()).putSizedBytes(first.bytes()).putSizedBytes(last.bytes());
        writer.putLong(records).putLong(tombstones);
        writer.putLong(timestampMicrosMin).putLong(timestampMicrosMax);
        writer.putLong(expiryMicrosMin).putLong(expiryMicrosMax);
        writer.putLong(tombstoneMicrosMin).putLong(tombstoneMicrosMax);
        writer.putLong(keyBytes).putLong(valueBytes);
    }

    static TableProperties decode(ByteReader reader) {
        MapId map = new MapId(reader.readLong());
        Key first = key(reader);
        Key last = key(reader);
        TableProperties properties = new TableProperties(
                map,
                first,
                last,
                reader.readLong(),
                reader.readLong(),
                reader.readLong(),
                reader.readLong(),
                reader.readLong(),
                reader.readLong(),
                reader.readLong(),
                reader.readLong(),
                reader.readLong(),
                reader.readLong());
        if (first.compareTo(last) > 0 || reader.remaining() > 0) {
            throw new MalformedBytesException("the properties are not those of a table");
        }
        return properties;
    }

    private static Key key(ByteReader reader) {
        byte[] bytes = reader.readSizedBytes();
        if (bytes.length < Key.PARTITION_BYTES) {
            throw new MalformedBytesException("a key has " + bytes.length + " bytes");
        }
        return Key.ofStorageBytes(bytes);
    }

    /** Collects the properties while records are added. Not safe for several threads. */
    static final class Builder {
        private long records;
        private long tombstones;
        private long timestampMicrosMin = Long.MAX_VALUE;
        private long timestampMicrosMax = Long.MIN_VALUE;
        private long expiryMicrosMin = Long.MAX_VALUE;
        private long expiryMicrosMax = Long.MIN_VALUE;
        private long tombstoneMicrosMin = Long.MAX_VALUE;
        private long tombstoneMicrosMax = Long.MIN_VALUE;
        private long keyBytes;
        private long valueBytes;

        void add(RecordView record) {
            records++;
            keyBytes += record.keyLength();
            valueBytes += record.valueLength();
            long timestampMicros = record.timestampMicros();
            timestampMicrosMin = Math.min(timestampMicrosMin, timestampMicros);
            timestampMicrosMax = Math.max(timestampMicrosMax, timestampMicros);
            if (record.isTombstone()) {
                tombstones++;
                tombstoneMicrosMin = Math.min(tombstoneMicrosMin, timestampMicros);
                tombstoneMicrosMax = Math.max(tombstoneMicrosMax, timestampMicros);
            }
            if (record.isExpiring()) {
                expiryMicrosMin = Math.min(expiryMicrosMin, record.expiryMicros());
                expiryMicrosMax = Math.max(expiryMicrosMax, record.expiryMicros());
            } else {
                expiryMicrosMax = Long.MAX_VALUE;
            }
        }

        long records() {
            return records;
        }

        TableProperties build(MapId map, Key first, Key last) {
            return new TableProperties(
                    map,
                    first,
                    last,
                    records,
                    tombstones,
                    timestampMicrosMin,
                    timestampMicrosMax,
                    expiryMicrosMin,
                    expiryMicrosMax,
                    tombstoneMicrosMin,
                    tombstoneMicrosMax,
                    keyBytes,
                    valueBytes);
        }
    }
}
