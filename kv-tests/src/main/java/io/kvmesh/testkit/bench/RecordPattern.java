package io.kvmesh.testkit.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Values that say of themselves which record they belong to, who wrote them and when, and whose every byte follows from
 * that. Stateless.
 *
 * <p>Layout: record number (8), sequence (8), writer (4), size (4), then words that are a hash of those and of their
 * position. A reader therefore notices a value of another record, a torn one and one with a changed bit.
 */
public final class RecordPattern {
    /** The smallest value that can be made. */
    public static final int BYTES_MIN = 32;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final int SEQUENCE_AT = 8;
    private static final int WRITER_AT = 16;
    private static final int SIZE_AT = 20;
    private static final int PATTERN_AT = 24;

    private RecordPattern() {}

    public static byte[] make(int size, long record, int writer, long sequence) {
        byte[] value = new byte[size];
        LONGS.set(value, 0, record);
        LONGS.set(value, SEQUENCE_AT, sequence);
        INTS.set(value, WRITER_AT, writer);
        INTS.set(value, SIZE_AT, size);
        long seed = seed(record, writer, sequence, size);
        int at = PATTERN_AT;
        for (; at + Long.BYTES <= size; at += Long.BYTES) {
            LONGS.set(value, at, word(seed, at));
        }
        for (; at < size; at++) {
            value[at] = (byte) word(seed, at);
        }
        return value;
    }

    /** What is wrong with a value that was read for a record, or null if it is whole and belongs to it. */
    public static @Nullable String fault(byte[] value, long record) {
        if (value.length < BYTES_MIN) {
            return "record " + record + " has a value of " + value.length + " bytes";
        }
        if ((long) LONGS.get(value, 0) != record) {
            return "record " + record + " has the value of record " + (long) LONGS.get(value, 0);
        }
        if ((int) INTS.get(value, SIZE_AT) != value.length) {
            return "record " + record + " has " + value.length + " bytes of " + (int) INTS.get(value, SIZE_AT);
        }
        long seed = seed(record, writer(value), sequence(value), value.length);
        int at = PATTERN_AT;
        for (; at + Long.BYTES <= value.length; at += Long.BYTES) {
            if ((long) LONGS.get(value, at) != word(seed, at)) {
                return "record " + record + " is damaged at byte " + at;
            }
        }
        for (; at < value.length; at++) {
            if (value[at] != (byte) word(seed, at)) {
                return "record " + record + " is damaged at byte " + at;
            }
        }
        return null;
    }

    /** The sequence with which a value was made. */
    public static long sequence(byte[] value) {
        return (long) LONGS.get(value, SEQUENCE_AT);
    }

    /** Who made a value. */
    public static int writer(byte[] value) {
        return (int) INTS.get(value, WRITER_AT);
    }

    private static long seed(long record, int writer, long sequence, int size) {
        return mix(record * 31 + mix(sequence * 31 + mix(((long) writer << 32) + size)));
    }

    private static long word(long seed, int position) {
        return mix(seed + position * 0x9E3779B97F4A7C15L);
    }

    private static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
