package io.kvmesh.codec;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The ordered forms of the types of the Java library, made when they are asked for. Stateless. Signed numbers have
 * their sign bit flipped, so that negative ones come first when the bytes are compared unsigned.
 */
final class OrderedForms {
    private static final int BIG_INTEGER_ZERO = 0x8000_0000;
    private static final int BIG_INTEGER_BYTES_MAX = 64 * 1024;

    private OrderedForms() {}

    /** The form of a type, or null if it has none. */
    static @Nullable OrderedForm<?> of(Class<?> type) {
        OrderedForm<?> number = numberOrText(type);
        return number != null ? number : time(type);
    }

    private static @Nullable OrderedForm<?> numberOrText(Class<?> type) {
        if (type == byte[].class) {
            return new OrderedBytes<byte[]>("bytes.1", b -> b, b -> b);
        }
        return switch (type.getName()) {
            case "java.lang.String" -> new OrderedBytes<>("string.1", Utf8::encode, b -> Utf8.decode(b, 0, b.length));
            case "java.lang.Boolean" ->
                new OrderedFixed<Boolean>("boolean.1", (out, v) -> out.putByte(v ? 1 : 0), OrderedForms::readBoolean);
            case "java.lang.Byte" ->
                new OrderedFixed<Byte>(
                        "byte.1", (out, v) -> out.putByte(v ^ 0x80), in -> (byte) (in.readByte() ^ 0x80));
            case "java.lang.Short" ->
                new OrderedFixed<Short>("short.1", (out, v) -> out.putShort(v ^ 0x8000), in ->
                        (short) (in.readUnsignedShort() ^ 0x8000));
            case "java.lang.Character" ->
                new OrderedFixed<Character>("char.1", (out, v) -> out.putShort(v), in -> (char) in.readUnsignedShort());
            case "java.lang.Integer" ->
                new OrderedFixed<Integer>("int.1", OrderedForms::writeInt, OrderedForms::readInt);
            case "java.lang.Long" -> new OrderedFixed<Long>("long.1", OrderedForms::writeLong, OrderedForms::readLong);
            case "java.lang.Float" ->
                new OrderedFixed<Float>("float.1", OrderedForms::writeFloat, OrderedForms::readFloat);
            case "java.lang.Double" ->
                new OrderedFixed<Double>("double.1", OrderedForms::writeDouble, OrderedForms::readDouble);
            case "java.math.BigInteger" ->
                new OrderedFixed<>("biginteger.1", OrderedForms::writeBigInteger, OrderedForms::readBigInteger);
            case "java.util.UUID" ->
                new OrderedFixed<>("uuid.1", OrderedForms::writeUuid, in -> new UUID(readLong(in), readLong(in)));
            default -> null;
        };
    }

    private static @Nullable OrderedForm<?> time(Class<?> type) {
        return switch (type.getName()) {
            case "java.time.Instant" ->
                new OrderedFixed<Instant>(
                        "instant.1",
                        (out, v) -> writeSeconds(out, v.getEpochSecond(), v.getNano()),
                        in -> Instant.ofEpochSecond(readLong(in), readNanos(in)));
            case "java.time.Duration" ->
                new OrderedFixed<Duration>(
                        "duration.1",
                        (out, v) -> writeSeconds(out, v.getSeconds(), v.getNano()),
                        in -> Duration.ofSeconds(readLong(in), readNanos(in)));
            case "java.time.LocalDate" ->
                new OrderedFixed<>("localdate.1", OrderedForms::writeDate, OrderedForms::readDate);
            case "java.time.LocalTime" ->
                new OrderedFixed<>("localtime.1", OrderedForms::writeTime, OrderedForms::readTime);
            case "java.time.LocalDateTime" ->
                new OrderedFixed<LocalDateTime>(
                        "localdatetime.1",
                        (out, v) -> {
                            writeDate(out, v.toLocalDate());
                            writeTime(out, v.toLocalTime());
                        },
                        in -> LocalDateTime.of(readDate(in), readTime(in)));
            default -> null;
        };
    }

    private static boolean readBoolean(ByteReader in) {
        int value = in.readUnsignedByte();
        if (value > 1) {
            throw new MalformedBytesException("a boolean is " + value + " instead of 0 or 1");
        }
        return value == 1;
    }

    private static void writeInt(ByteWriter out, int value) {
        out.putInt(value ^ Integer.MIN_VALUE);
    }

    private static int readInt(ByteReader in) {
        return in.readInt() ^ Integer.MIN_VALUE;
    }

    private static void writeLong(ByteWriter out, long value) {
        out.putLong(value ^ Long.MIN_VALUE);
    }

    private static long readLong(ByteReader in) {
        return in.readLong() ^ Long.MIN_VALUE;
    }

    /** The order of {@link Float#compare}: -0.0 before 0.0, and the one NaN after everything. */
    private static void writeFloat(ByteWriter out, float value) {
        int bits = Float.floatToIntBits(value);
        out.putInt(bits < 0 ? ~bits : bits ^ Integer.MIN_VALUE);
    }

    private static float readFloat(ByteReader in) {
        int stored = in.readInt();
        int bits = stored < 0 ? stored ^ Integer.MIN_VALUE : ~stored;
        float value = Float.intBitsToFloat(bits);
        if (Float.floatToIntBits(value) != bits) {
            throw new MalformedBytesException("a float is a NaN with other bits than the one that is written");
        }
        return value;
    }

    /** The order of {@link Double#compare}: -0.0 before 0.0, and the one NaN after everything. */
    private static void writeDouble(ByteWriter out, double value) {
        long bits = Double.doubleToLongBits(value);
        out.putLong(bits < 0 ? ~bits : bits ^ Long.MIN_VALUE);
    }

    private static double readDouble(ByteReader in) {
        long stored = in.readLong();
        long bits = stored < 0 ? stored ^ Long.MIN_VALUE : ~stored;
        double value = Double.longBitsToDouble(bits);
        if (Double.doubleToLongBits(value) != bits) {
            throw new MalformedBytesException("a double is a NaN with other bits than the one that is written");
        }
        return value;
    }

    /** Sign and size of the magnitude in one number, then the magnitude; that of a negative number inverted. */
    private static void writeBigInteger(ByteWriter out, BigInteger value) {
        byte[] magnitude = magnitude(value);
        if (magnitude.length > BIG_INTEGER_BYTES_MAX) {
            throw new MalformedBytesException("a number of " + magnitude.length + " bytes exceeds the "
                    + BIG_INTEGER_BYTES_MAX + " bytes that a key may have");
        }
        out.putInt(BIG_INTEGER_ZERO + value.signum() * magnitude.length);
        for (byte next : magnitude) {
            out.putByte(value.signum() < 0 ? ~next : next);
        }
    }

    private static BigInteger readBigInteger(ByteReader in) {
        int signedSize = in.readInt() - BIG_INTEGER_ZERO;
        if (signedSize < -BIG_INTEGER_BYTES_MAX || signedSize > BIG_INTEGER_BYTES_MAX) {
            throw new MalformedBytesException("a number announces " + signedSize + " bytes");
        }
        byte[] magnitude = in.readBytes(Math.abs(signedSize));
        if (signedSize < 0) {
            for (int i = 0; i < magnitude.length; i++) {
                magnitude[i] = (byte) ~magnitude[i];
            }
        }
        if (magnitude.length > 0 && magnitude[0] == 0) {
            throw new MalformedBytesException("a number begins with a zero byte");
        }
        return new BigInteger(Integer.signum(signedSize), magnitude);
    }

    private static byte[] magnitude(BigInteger value) {
        byte[] bytes = value.abs().toByteArray();
        if (bytes[0] != 0) {
            return bytes;
        }
        byte[] rest = new byte[bytes.length - 1];
        System.arraycopy(bytes, 1, rest, 0, rest.length);
        return rest;
    }

    private static void writeUuid(ByteWriter out, UUID value) {
        writeLong(out, value.getMostSignificantBits());
        writeLong(out, value.getLeastSignificantBits());
    }

    private static void writeSeconds(ByteWriter out, long seconds, int nanos) {
        writeLong(out, seconds);
        out.putInt(nanos);
    }

    private static int readNanos(ByteReader in) {
        int nanos = in.readInt();
        if (nanos < 0 || nanos > 999_999_999) {
            throw new MalformedBytesException("nanoseconds are " + nanos + " instead of 0 to 999999999");
        }
        return nanos;
    }

    private static void writeDate(ByteWriter out, LocalDate value) {
        writeLong(out, value.toEpochDay());
    }

    private static LocalDate readDate(ByteReader in) {
        return LocalDate.ofEpochDay(readLong(in));
    }

    private static void writeTime(ByteWriter out, LocalTime value) {
        out.putLong(value.toNanoOfDay());
    }

    private static LocalTime readTime(ByteReader in) {
        return LocalTime.ofNanoOfDay(in.readLong());
    }
}
