package io.kvmesh.testkit.bench.storage;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Makes keys and values from record numbers, and checks what was read. Stateless.
 *
 * <p>A key is the record number in eight bytes, big endian, then eight characters '0' (or '1' in a key that nobody
 * writes, which lies between two that somebody writes). A value is the record number (8), its version (4), words that
 * are a hash of both up to the middle, and one repeated byte from there on: one half of it can be compressed.
 */
public final class BenchRecords {
    public static final int KEY_BYTES = 16;
    public static final int VALUE_BYTES_MIN = 32;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final long STORED_TAIL = 0x3030303030303030L;
    private static final long MISSING_TAIL = 0x3131313131313131L;
    private static final int VERSION_AT = 8;
    private static final int WORDS_AT = 12;

    private BenchRecords() {}

    public static byte[] key(long record) {
        return key(record, STORED_TAIL);
    }

    /** A key behind that of the record, which no workload writes. */
    public static byte[] missingKey(long record) {
        return key(record, MISSING_TAIL);
    }

    private static byte[] key(long record, long tail) {
        byte[] key = new byte[KEY_BYTES];
        LONGS.set(key, 0, record);
        LONGS.set(key, Long.BYTES, tail);
        return key;
    }

    /** The record number of a key. */
    public static long record(byte[] key, int offset) {
        return (long) LONGS.get(key, offset);
    }

    public static byte[] value(int size, long record, int version) {
        byte[] value = new byte[size];
        LONGS.set(value, 0, record);
        INTS.set(value, VERSION_AT, version);
        int wordsEnd = wordsEnd(size);
        long seed = seed(record, version);
        for (int at = WORDS_AT; at < wordsEnd; at += Long.BYTES) {
            LONGS.set(value, at, word(seed, at));
        }
        Arrays.fill(value, wordsEnd, size, filler(record));
        return value;
    }

    public static int version(byte[] value) {
        return version(value, 0);
    }

    private static int version(byte[] value, int offset) {
        return (int) INTS.get(value, offset + VERSION_AT);
    }

    /** What is wrong with a key of a scan, or null if it is the key of the record. */
    public static @Nullable String keyFault(byte[] key, int offset, int length, long record) {
        return length == KEY_BYTES
                        && record(key, offset) == record
                        && (long) LONGS.get(key, offset + Long.BYTES) == STORED_TAIL
                ? null
                : "a scan returned another key where record " + record + " was due";
    }

    /**
     * What is wrong with a value that was read for a record, or null if it is right.
     *
     * @param versionMin the version that was acknowledged before the read began
     */
    public static @Nullable String fault(byte @Nullable [] value, int size, long record, int versionMin) {
        return value == null
                ? "record " + record + " is missing"
                : fault(value, 0, value.length, size, record, versionMin);
    }

    /** As above, of a value that is a piece of an array. */
    static @Nullable String fault(byte[] bytes, int offset, int length, int size, long record, int versionMin) {
        if (length != size) {
            return "record " + record + " has a value of " + length + " bytes instead of " + size;
        }
        if ((long) LONGS.get(bytes, offset) != record) {
            return "record " + record + " has the value of record " + (long) LONGS.get(bytes, offset);
        }
        int version = version(bytes, offset);
        if (version < versionMin) {
            return "record " + record + " was read with version " + version + " after " + versionMin
                    + " was acknowledged";
        }
        int wordsEnd = wordsEnd(size);
        long seed = seed(record, version);
        for (int at = WORDS_AT; at < wordsEnd; at += Long.BYTES) {
            if ((long) LONGS.get(bytes, offset + at) != word(seed, at)) {
                return "record " + record + " is damaged at byte " + at;
            }
        }
        byte filler = filler(record);
        for (int at = wordsEnd; at < size; at++) {
            if (bytes[offset + at] != filler) {
                return "record " + record + " is damaged at byte " + at;
            }
        }
        return null;
    }

    /** Behind the last word of the half that cannot be compressed. */
    private static int wordsEnd(int size) {
        return WORDS_AT + size / 2 / Long.BYTES * Long.BYTES;
    }

    private static byte filler(long record) {
        return (byte) ('a' + Long.remainderUnsigned(record, 16));
    }

    private static long seed(long record, int version) {
        return mix(record * 31 + version);
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
