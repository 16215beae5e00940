package io.kvmesh.codec;

import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;

/** Sizes and counts in the bytes of objects, checked against the bytes that are there. Stateless. */
final class Sizes {
    private static final int ONE_BYTE_MAX = 0x7F;

    private Sizes() {}

    /** A number of bytes, or of things that take at least a byte each. */
    static int read(Input in) {
        int size = in.readVarInt(true);
        if (size < 0 || size > in.limit() - in.position()) {
            throw new MalformedBytesException(
                    "size " + size + " exceeds the " + (in.limit() - in.position()) + " bytes that follow");
        }
        return size;
    }

    static void writeText(Output out, String text) {
        byte[] bytes = Utf8.encode(text);
        out.writeVarInt(bytes.length, true);
        out.writeBytes(bytes, 0, bytes.length);
    }

    static String readText(Input in) {
        return readText(in, read(in));
    }

    static String readText(Input in, int length) {
        String text = Utf8.decode(in.getBuffer(), in.position(), length);
        in.setPosition(in.position() + length);
        return text;
    }

    /** Leaves room for the size of what is written next. Yields the place for {@link #end}. */
    static int begin(Output out) {
        out.writeByte(0);
        return out.position();
    }

    /** Puts the size of all that was written since into the room that was left, and widens it if need be. */
    static void end(Output out, int start) {
        int size = out.position() - start;
        if (size <= ONE_BYTE_MAX) {
            out.getBuffer()[start - 1] = (byte) size;
            return;
        }
        int extra = (31 - Integer.numberOfLeadingZeros(size)) / 7;
        for (int i = 0; i < extra; i++) {
            out.writeByte(0);
        }
        int end = out.position();
        System.arraycopy(out.getBuffer(), start, out.getBuffer(), start + extra, size);
        out.setPosition(start - 1);
        out.writeVarInt(size, true);
        out.setPosition(end);
    }
}
