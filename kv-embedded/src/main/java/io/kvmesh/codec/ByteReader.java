package io.kvmesh.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads what {@link ByteWriter} wrote, checking every length against the bytes that are there before it allocates. Not
 * safe for several threads. All methods throw {@link MalformedBytesException} when the bytes end too early.
 */
public final class ByteReader {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] buffer;
    private final int end;
    private int position;

    public ByteReader(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    public ByteReader(byte[] buffer, int offset, int length) {
        if (offset < 0 || length < 0 || length > buffer.length - offset) {
            throw new MalformedBytesException(
                    "range " + offset + "+" + length + " exceeds " + buffer.length + " bytes");
        }
        this.buffer = buffer;
        this.position = offset;
        this.end = offset + length;
    }

    public int readByte() {
        need(1);
        return buffer[position++];
    }

    public int readUnsignedByte() {
        return readByte() & 0xFF;
    }

    public int readUnsignedShort() {
        need(2);
        int value = (buffer[position] & 0xFF) << 8 | (buffer[position + 1] & 0xFF);
        position += 2;
        return value;
    }

    public int readInt() {
        need(4);
        int value = (int) INTS.get(buffer, position);
        position += 4;
        return value;
    }

    public long readLong() {
        need(8);
        long value = (long) LONGS.get(buffer, position);
        position += 8;
        return value;
    }

    public int readVarInt() {
        int value = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            int next = readByte();
            value |= (next & 0x7F) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new MalformedBytesException("a variable-length number has more than five bytes");
    }

    /** A copy of the next bytes. */
    public byte[] readBytes(int count) {
        need(count);
        byte[] bytes = Arrays.copyOfRange(buffer, position, position + count);
        position += count;
        return bytes;
    }

    /** A length as an int, then a copy of that many bytes. */
    public byte[] readSizedBytes() {
        return readBytes(readInt());
    }

    public String readString() {
        int count = readInt();
        need(count);
        String text = new String(buffer, position, count, StandardCharsets.UTF_8);
        position += count;
        return text;
    }

    public void skip(int count) {
        need(count);
        position += count;
    }

    /** Checks a count of elements that each take at least so many bytes, before anything is allocated for them. */
    public int readCount(int bytesEachMin) {
        int count = readInt();
        if (count < 0 || (long) count * bytesEachMin > remaining()) {
            throw new MalformedBytesException("count " + count + " exceeds the " + remaining() + " bytes that follow");
        }
        return count;
    }

    public int position() {
        return position;
    }

    public int remaining() {
        return end - position;
    }

    public byte[] array() {
        return buffer;
    }

    private void need(int count) {
        if (count < 0 || count > end - position) {
            throw new MalformedBytesException("need " + count + " bytes, " + (end - position) + " are left");
        }
    }
}
