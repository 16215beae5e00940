package io.kvmesh.storage.record;

import io.kvmesh.codec.MalformedBytesException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Unsigned 64-bit numbers in one to ten bytes, seven bits each, the lowest first. Stateless.
 *
 * <p>Where eight bytes can be read at once, a number is taken from them without a loop: how many bytes it has differs
 * from record to record, and a processor that guesses wrong when it ends loses more time than reading it takes.
 */
public final class Varints {
    public static final int BYTES_MAX = 10;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    /** The bit of each byte that says that another one follows. */
    private static final long MORE_BITS = 0x8080808080808080L;

    private Varints() {}

    public static int sizeBytes(long value) {
        return (63 - Long.numberOfLeadingZeros(value | 1)) / 7 + 1;
    }

    /** Writes a number, for which there must be room, and returns the position behind it. */
    public static int put(byte[] target, int offset, long value) {
        int at = offset;
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            target[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        target[at++] = (byte) rest;
        return at;
    }

    public static long get(byte[] bytes, int offset, int limit) {
        if (offset <= bytes.length - Long.BYTES) {
            long word = (long) LONGS.get(bytes, offset);
            int length = length(word);
            if (length <= Long.BYTES && length <= limit - offset) {
                return value(word, length);
            }
        }
        return getByBytes(bytes, offset, limit);
    }

    /** How many of eight bytes belong to the number that they begin with; nine if it does not end there. */
    private static int length(long word) {
        return (Long.numberOfTrailingZeros(~word & MORE_BITS) >>> 3) + 1;
    }

    /** The number in the first bytes of a word: pairs of seven bits are joined, then pairs of 14, then of 28. */
    private static long value(long word, int length) {
        long bits = word & (-1L >>> (Long.SIZE - Byte.SIZE * length)) & ~MORE_BITS;
        bits = (bits & 0x007F007F007F007FL) | ((bits & 0x7F007F007F007F00L) >>> 1);
        bits = (bits & 0x00003FFF00003FFFL) | ((bits & 0x3FFF00003FFF0000L) >>> 2);
        return (bits & 0x000000000FFFFFFFL) | ((bits & 0x0FFFFFFF00000000L) >>> 4);
    }

    private static long getByBytes(byte[] bytes, int offset, int limit) {
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
    public static int getInt(byte[] bytes, int offset, int limit, int max) {
        long value = get(bytes, offset, limit);
        if (value < 0 || value > max) {
            throw new MalformedBytesException("a size of " + Long.toUnsignedString(value) + " exceeds " + max);
        }
        return (int) value;
    }

    /** The position behind the number at the offset. */
    public static int skip(byte[] bytes, int offset, int limit) {
        if (offset <= bytes.length - Long.BYTES) {
            int length = length((long) LONGS.get(bytes, offset));
            if (length <= Long.BYTES && length <= limit - offset) {
                return offset + length;
            }
        }
        return skipByBytes(bytes, offset, limit);
    }

    private static int skipByBytes(byte[] bytes, int offset, int limit) {
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
