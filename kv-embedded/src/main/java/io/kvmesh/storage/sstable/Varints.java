package io.kvmesh.storage.sstable;

import io.kvmesh.codec.MalformedBytesException;

/** Unsigned 64-bit numbers in one to ten bytes, seven bits each, the lowest first. Stateless. */
final class Varints {
    static final int BYTES_MAX = 10;

    private Varints() {}

    static int sizeBytes(long value) {
        return (63 - Long.numberOfLeadingZeros(value | 1)) / 7 + 1;
    }

    /** Writes a number, for which there must be room, and returns the position behind it. */
    static int put(byte[] target, int offset, long value) {
        int at = offset;
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            target[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        target[at++] = (byte) rest;
        return at;
    }

    static long get(byte[] bytes, int offset, int limit) {
        long value = 0;
        int at = offset;
        for (int shift = 0; at < limit && shift < 7 * BYTES_MAX; shift += 7) {
            byte next = bytes[at++];
            value |= (long) (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw unterminated();
    }

    /** As {@link #get}, for a number that must not exceed a bound, be it the bytes that are left. */
    static int getInt(byte[] bytes, int offset, int limit, int max) {
        long value = get(bytes, offset, limit);
        if (value < 0 || value > max) {
            throw new MalformedBytesException("a size of " + Long.toUnsignedString(value) + " exceeds " + max);
        }
        return (int) value;
    }

    /** The position behind the number at the offset. */
    static int skip(byte[] bytes, int offset, int limit) {
        int at = offset;
        while (at < limit && at - offset < BYTES_MAX) {
            if (bytes[at++] >= 0) {
                return at;
            }
        }
        throw unterminated();
    }

    private static MalformedBytesException unterminated() {
        return new MalformedBytesException("a variable-length number does not end");
    }
}
