package io.kvmesh.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes numbers (big endian) and byte strings into an array that grows. Not safe for several threads. */
public final class ByteWriter {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private byte[] buffer;
    private int length;

    public ByteWriter(int capacity) {
        buffer = new byte[Math.max(16, capacity)];
    }

    public ByteWriter putByte(int value) {
        ensure(1);
        buffer[length++] = (byte) value;
        return this;
    }

    public ByteWriter putShort(int value) {
        ensure(2);
        buffer[length++] = (byte) (value >>> 8);
        buffer[length++] = (byte) value;
        return this;
    }

    public ByteWriter putInt(int value) {
        ensure(4);
        INTS.set(buffer, length, value);
        length += 4;
        return this;
    }

    public ByteWriter putLong(long value) {
        ensure(8);
        LONGS.set(buffer, length, value);
        length += 8;
        return this;
    }

    /** An unsigned number in one to five bytes, seven bits each, the lowest first. */
    public ByteWriter putVarInt(int value) {
        int rest = value;
        while ((rest & ~0x7F) != 0) {
            putByte((rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        return putByte(rest);
    }

    public ByteWriter putBytes(byte[] bytes) {
        return putBytes(bytes, 0, bytes.length);
    }

    /** The bytes alone, without a length. */
    public ByteWriter putBytes(byte[] bytes, int offset, int count) {
        ensure(count);
        System.arraycopy(bytes, offset, buffer, length, count);
        length += count;
        return this;
    }

    /** The length as an int, then the bytes. */
    public ByteWriter putSizedBytes(byte[] bytes) {
        return putInt(bytes.length).putBytes(bytes);
    }

    /** The length in UTF-8 as an int, then the bytes. */
    public ByteWriter putString(String text) {
        return putSizedBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Overwrites an int that was written before. */
    public void setInt(int position, int value) {
        INTS.set(buffer, position, value);
    }

    /** Overwrites a long that was written before. */
    public void setLong(int position, long value) {
        LONGS.set(buffer, position, value);
    }

    /** How many bytes were written. */
    public int length() {
        return length;
    }

    /** The array behind, valid up to {@link #length()} until the next write. */
    public byte[] array() {
        return buffer;
    }

    /** A copy of what was written. */
    public byte[] toBytes() {
        return Arrays.copyOf(buffer, length);
    }

    /** Forgets what was written and keeps the array. */
    public void reset() {
        length = 0;
    }

    private void ensure(int count) {
        if (buffer.length - length < count) {
            buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, Math.addExact(length, count)));
        }
    }
}
