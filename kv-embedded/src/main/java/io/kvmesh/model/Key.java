package io.kvmesh.model;

import io.kvmesh.runtime.Invariants;
import java.util.Arrays;

/**
 * A storage key: the partition in two bytes (big endian), then the encoded key of the user. Ordered by its bytes,
 * compared unsigned, so that a partition is one contiguous run. Immutable as long as nobody writes to the array, which
 * is shared and not copied.
 */
public final class Key implements Comparable<Key> {
    /** Bytes in front of the user's part. */
    public static final int PARTITION_BYTES = 2;

    private final byte[] bytes;

    private Key(byte[] bytes) {
        this.bytes = bytes;
    }

    /** A key from its stored form, partition included. The array is not copied. */
    public static Key ofStorageBytes(byte[] bytes) {
        Invariants.check(bytes.length >= PARTITION_BYTES, "a storage key has at least two bytes");
        return new Key(bytes);
    }

    /** A key from its partition (0 to 65,535) and the user's encoded key, which is copied. */
    public static Key of(int partition, byte[] userKey) {
        Invariants.check(partition >= 0 && partition <= 0xFFFF, "a partition fits two bytes");
        byte[] bytes = new byte[PARTITION_BYTES + userKey.length];
        bytes[0] = (byte) (partition >>> 8);
        bytes[1] = (byte) partition;
        System.arraycopy(userKey, 0, bytes, PARTITION_BYTES, userKey.length);
        return new Key(bytes);
    }

    public int partition() {
        return (bytes[0] & 0xFF) << 8 | (bytes[1] & 0xFF);
    }

    /** The stored form, partition included. Shared: read only. */
    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return bytes.length;
    }

    /** A copy of the user's encoded key, without the partition. */
    public byte[] userKey() {
        return Arrays.copyOfRange(bytes, PARTITION_BYTES, bytes.length);
    }

    @Override
    public int compareTo(Key other) {
        return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Key key && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** The bytes in hexadecimal, the partition set apart: {@code 00a1:75736572}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(2 * bytes.length + 1);
        for (int i = 0; i < bytes.length; i++) {
            if (i == PARTITION_BYTES) {
                text.append(':');
            }
            text.append(Character.forDigit((bytes[i] >> 4) & 0xF, 16)).append(Character.forDigit(bytes[i] & 0xF, 16));
        }
        return text.toString();
    }
}
