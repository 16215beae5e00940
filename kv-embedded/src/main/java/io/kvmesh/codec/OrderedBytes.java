package io.kvmesh.codec;

import java.util.Arrays;
import java.util.function.Function;

/**
 * Types that are byte strings: text and byte arrays. Immutable. The delimited form writes a zero byte as 00 FF and ends
 * with 00 00: the end sorts before every byte that may follow, so a prefix sorts before its extensions.
 */
final class OrderedBytes<T> extends OrderedForm<T> {
    private static final int ESCAPE = 0x00;
    private static final int ESCAPED_ZERO = 0xFF;
    private static final int END = 0x00;

    private final Function<T, byte[]> toBytes;
    private final Function<byte[], T> fromBytes;

    OrderedBytes(String name, Function<T, byte[]> toBytes, Function<byte[], T> fromBytes) {
        super(name);
        this.toBytes = toBytes;
        this.fromBytes = fromBytes;
    }

    @Override
    void write(ByteWriter out, T value) {
        out.putBytes(toBytes.apply(value));
    }

    @Override
    T read(ByteReader in) {
        return fromBytes.apply(in.readBytes(in.remaining()));
    }

    @Override
    void writeDelimited(ByteWriter out, T value) {
        for (byte next : toBytes.apply(value)) {
            out.putByte(next);
            if (next == ESCAPE) {
                out.putByte(ESCAPED_ZERO);
            }
        }
        out.putByte(ESCAPE).putByte(END);
    }

    @Override
    T readDelimited(ByteReader in) {
        byte[] plain = new byte[in.remaining()];
        int length = 0;
        while (true) {
            int next = in.readUnsignedByte();
            if (next == ESCAPE) {
                int mark = in.readUnsignedByte();
                if (mark == END) {
                    return fromBytes.apply(Arrays.copyOf(plain, length));
                }
                if (mark != ESCAPED_ZERO) {
                    throw new MalformedBytesException("a zero byte is followed by " + mark + " instead of 0 or 255");
                }
            }
            plain[length++] = (byte) next;
        }
    }
}
