package io.kvmesh.codec;

import java.lang.reflect.Array;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Currency;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The scalar types of the Java library that are values by themselves. Stateless. A form is made when it is asked for:
 * to link the lambdas of all of them costs more than opening a store may.
 */
final class ScalarForms {
    /** The codes are part of the format: new types get new ones. */
    private static final Map<Class<?>, Integer> CODES = Map.ofEntries(
            Map.entry(Boolean.class, 1),
            Map.entry(Byte.class, 2),
            Map.entry(Short.class, 3),
            Map.entry(Character.class, 4),
            Map.entry(Integer.class, 5),
            Map.entry(Long.class, 6),
            Map.entry(Float.class, 7),
            Map.entry(Double.class, 8),
            Map.entry(String.class, 9),
            Map.entry(byte[].class, 10),
            Map.entry(BigInteger.class, 11),
            Map.entry(BigDecimal.class, 12),
            Map.entry(UUID.class, 13),
            Map.entry(Instant.class, 14),
            Map.entry(LocalDate.class, 15),
            Map.entry(LocalTime.class, 16),
            Map.entry(LocalDateTime.class, 17),
            Map.entry(Duration.class, 18),
            Map.entry(OffsetDateTime.class, 19),
            Map.entry(ZonedDateTime.class, 20),
            Map.entry(Year.class, 21),
            Map.entry(YearMonth.class, 22),
            Map.entry(ZoneOffset.class, 23),
            Map.entry(Period.class, 24),
            Map.entry(OffsetTime.class, 25),
            Map.entry(Date.class, 26),
            Map.entry(URI.class, 27),
            Map.entry(Locale.class, 28),
            Map.entry(Currency.class, 29),
            Map.entry(ZoneId.class, 30),
            Map.entry(boolean[].class, 48),
            Map.entry(short[].class, 49),
            Map.entry(char[].class, 50),
            Map.entry(int[].class, 51),
            Map.entry(long[].class, 52),
            Map.entry(float[].class, 53),
            Map.entry(double[].class, 54));

    private ScalarForms() {}

    static boolean has(Class<?> type) {
        return CODES.containsKey(type);
    }

    /** The form of a type, or null if it has none. */
    static @Nullable ScalarForm<?> of(Class<?> type) {
        Integer code = CODES.get(type);
        return code == null ? null : ofCode(code);
    }

    /** The form with this code, or null if there is none. */
    static @Nullable ScalarForm<?> ofCode(int code) {
        if (code >= 48) {
            return array(code);
        }
        return code >= 14 && code <= 26 ? time(code) : plain(code);
    }

    /** The codes of all forms, ascending. */
    static List<Integer> codes() {
        return CODES.values().stream().sorted().toList();
    }

    private static @Nullable ScalarForm<?> plain(int code) {
        return switch (code) {
            case 1 ->
                form(Boolean.class, code, "boolean", (out, v) -> out.putByte(v ? 1 : 0), ScalarForms::readBoolean);
            case 2 -> form(Byte.class, code, "byte", (out, v) -> out.putByte(v), in -> (byte) in.readByte());
            case 3 ->
                form(Short.class, code, "short", (out, v) -> out.putShort(v), in -> (short) in.readUnsignedShort());
            case 4 ->
                form(Character.class, code, "char", (out, v) -> out.putShort(v), in -> (char) in.readUnsignedShort());
            case 5 -> form(Integer.class, code, "int", ByteWriter::putInt, ByteReader::readInt);
            case 6 -> form(Long.class, code, "long", ByteWriter::putLong, ByteReader::readLong);
            case 7 -> form(Float.class, code, "float", ScalarForms::writeFloat, ScalarForms::readFloat);
            case 8 -> form(Double.class, code, "double", ScalarForms::writeDouble, ScalarForms::readDouble);
            case 9 ->
                form(String.class, code, "string", (out, v) -> out.putBytes(Utf8.encode(v)), ScalarForms::readText);
            case 10 -> form(byte[].class, code, "bytes", ByteWriter::putBytes, ScalarForms::rest);
            case 11 ->
                form(
                        BigInteger.class,
                        code,
                        "biginteger",
                        (out, v) -> out.putBytes(v.toByteArray()),
                        in -> new BigInteger(rest(in)));
            case 12 -> form(BigDecimal.class, code, "bigdecimal", ScalarForms::writeDecimal, ScalarForms::readDecimal);
            case 13 ->
                form(
                        UUID.class,
                        code,
                        "uuid",
                        (out, v) -> out.putLong(v.getMostSignificantBits()).putLong(v.getLeastSignificantBits()),
                        in -> new UUID(in.readLong(), in.readLong()));
            case 27 -> text(URI.class, code, "uri", URI::toString, URI::create);
            case 28 -> text(Locale.class, code, "locale", ScalarForms::languageTag, Locale::forLanguageTag);
            case 29 -> text(Currency.class, code, "currency", Currency::getCurrencyCode, Currency::getInstance);
            case 30 -> text(ZoneId.class, code, "zoneid", ZoneId::getId, ZoneId::of);
            default -> null;
        };
    }

    @SuppressWarnings("JavaUtilDate") // Users still have such dates.
    private static @Nullable ScalarForm<?> time(int code) {
        return switch (code) {
            case 14 ->
                form(
                        Instant.class,
                        code,
                        "instant",
                        (out, v) -> out.putLong(v.getEpochSecond()).putInt(v.getNano()),
                        in -> Instant.ofEpochSecond(in.readLong(), in.readInt()));
            case 15 ->
                form(LocalDate.class, code, "localdate", (out, v) -> out.putLong(v.toEpochDay()), in -> readDate(in));
            case 16 ->
                form(LocalTime.class, code, "localtime", (out, v) -> out.putLong(v.toNanoOfDay()), in -> readTime(in));
            case 17 ->
                form(LocalDateTime.class, code, "localdatetime", ScalarForms::writeDateTime, ScalarForms::readDateTime);
            case 18 ->
                form(
                        Duration.class,
                        code,
                        "duration",
                        (out, v) -> out.putLong(v.getSeconds()).putInt(v.getNano()),
                        in -> Duration.ofSeconds(in.readLong(), in.readInt()));
            case 19 ->
                form(
                        OffsetDateTime.class,
                        code,
                        "offsetdatetime",
                        ScalarForms::writeOffsetDateTime,
                        in -> OffsetDateTime.of(readDateTime(in), readOffset(in)));
            case 20 ->
                form(ZonedDateTime.class, code, "zoneddatetime", ScalarForms::writeZoned, ScalarForms::readZoned);
            case 21 ->
                form(Year.class, code, "year", (out, v) -> out.putInt(v.getValue()), in -> Year.of(in.readInt()));
            case 22 ->
                form(
                        YearMonth.class,
                        code,
                        "yearmonth",
                        (out, v) -> out.putInt(v.getYear()).putByte(v.getMonthValue()),
                        in -> YearMonth.of(in.readInt(), in.readByte()));
            case 23 -> form(ZoneOffset.class, code, "zoneoffset", ScalarForms::writeOffset, ScalarForms::readOffset);
            case 24 ->
                form(
                        Period.class,
                        code,
                        "period",
                        (out, v) ->
                                out.putInt(v.getYears()).putInt(v.getMonths()).putInt(v.getDays()),
                        in -> Period.of(in.readInt(), in.readInt(), in.readInt()));
            case 25 ->
                form(
                        OffsetTime.class,
                        code,
                        "offsettime",
                        ScalarForms::writeOffsetTime,
                        in -> OffsetTime.of(readTime(in), readOffset(in)));
            case 26 ->
                form(Date.class, code, "date", (out, v) -> out.putLong(v.getTime()), in -> new Date(in.readLong()));
            default -> null;
        };
    }

    private static @Nullable ScalarForm<?> array(int code) {
        return switch (code) {
            case 48 ->
                array(
                        boolean[].class,
                        code,
                        1,
                        (out, v, i) -> out.putByte(v[i] ? 1 : 0),
                        (in, v, i) -> v[i] = readBoolean(in));
            case 49 ->
                array(
                        short[].class,
                        code,
                        2,
                        (out, v, i) -> out.putShort(v[i]),
                        (in, v, i) -> v[i] = (short) in.readUnsignedShort());
            case 50 ->
                array(
                        char[].class,
                        code,
                        2,
                        (out, v, i) -> out.putShort(v[i]),
                        (in, v, i) -> v[i] = (char) in.readUnsignedShort());
            case 51 -> array(int[].class, code, 4, (out, v, i) -> out.putInt(v[i]), (in, v, i) -> v[i] = in.readInt());
            case 52 ->
                array(long[].class, code, 8, (out, v, i) -> out.putLong(v[i]), (in, v, i) -> v[i] = in.readLong());
            case 53 ->
                array(float[].class, code, 4, (out, v, i) -> writeFloat(out, v[i]), (in, v, i) -> v[i] = readFloat(in));
            case 54 ->
                array(
                        double[].class,
                        code,
                        8,
                        (out, v, i) -> writeDouble(out, v[i]),
                        (in, v, i) -> v[i] = readDouble(in));
            default -> null;
        };
    }

    /** Writes or reads one element of an array. */
    private interface Element<S, A> {
        void move(S stream, A array, int index);
    }

    private static <A> ScalarForm<A> array(
            Class<A> type, int code, int elementBytes, Element<ByteWriter, A> writer, Element<ByteReader, A> reader) {
        return form(
                type,
                code,
                type.getSimpleName(),
                (out, array) -> {
                    int length = Array.getLength(array);
                    for (int i = 0; i < length; i++) {
                        writer.move(out, array, i);
                    }
                },
                in -> {
                    int length = in.remaining() / elementBytes;
                    A array = type.cast(Array.newInstance(type.getComponentType(), length));
                    for (int i = 0; i < length; i++) {
                        reader.move(in, array, i);
                    }
                    return array;
                });
    }

    private static <T> ScalarForm<T> text(
            Class<T> type, int code, String name, Function<T, String> toText, Function<String, T> fromText) {
        return form(
                type,
                code,
                name,
                (out, v) -> out.putBytes(Utf8.encode(toText.apply(v))),
                in -> fromText.apply(readText(in)));
    }

    private static <T> ScalarForm<T> form(
            Class<T> type, int code, String name, BiConsumer<ByteWriter, T> writer, Function<ByteReader, T> reader) {
        return new ScalarForm<>(type, code, name, writer, reader);
    }

    private static byte[] rest(ByteReader in) {
        return in.readBytes(in.remaining());
    }

    private static String readText(ByteReader in) {
        int length = in.remaining();
        String text = Utf8.decode(in.array(), in.position(), length);
        in.skip(length);
        return text;
    }

    private static String languageTag(Locale locale) {
        String tag = locale.toLanguageTag();
        if (!Locale.forLanguageTag(tag).equals(locale)) {
            throw new MalformedBytesException("locale " + locale + " has parts that no language tag can express");
        }
        return tag;
    }

    private static boolean readBoolean(ByteReader in) {
        int value = in.readUnsignedByte();
        if (value > 1) {
            throw new MalformedBytesException("a boolean is " + value + " instead of 0 or 1");
        }
        return value == 1;
    }

    private static void writeFloat(ByteWriter out, float value) {
        out.putInt(Float.floatToIntBits(value));
    }

    private static float readFloat(ByteReader in) {
        return Float.intBitsToFloat(in.readInt());
    }

    private static void writeDouble(ByteWriter out, double value) {
        out.putLong(Double.doubleToLongBits(value));
    }

    private static double readDouble(ByteReader in) {
        return Double.longBitsToDouble(in.readLong());
    }

    private static void writeDecimal(ByteWriter out, BigDecimal value) {
        out.putInt(value.scale()).putBytes(value.unscaledValue().toByteArray());
    }

    private static BigDecimal readDecimal(ByteReader in) {
        int scale = in.readInt();
        return new BigDecimal(new BigInteger(rest(in)), scale);
    }

    private static LocalDate readDate(ByteReader in) {
        return LocalDate.ofEpochDay(in.readLong());
    }

    private static LocalTime readTime(ByteReader in) {
        return LocalTime.ofNanoOfDay(in.readLong());
    }

    private static void writeOffset(ByteWriter out, ZoneOffset value) {
        out.putInt(value.getTotalSeconds());
    }

    private static ZoneOffset readOffset(ByteReader in) {
        return ZoneOffset.ofTotalSeconds(in.readInt());
    }

    private static void writeDateTime(ByteWriter out, LocalDateTime value) {
        out.putLong(value.toLocalDate().toEpochDay())
                .putLong(value.toLocalTime().toNanoOfDay());
    }

    private static LocalDateTime readDateTime(ByteReader in) {
        return LocalDateTime.of(readDate(in), readTime(in));
    }

    private static void writeOffsetTime(ByteWriter out, OffsetTime value) {
        out.putLong(value.toLocalTime().toNanoOfDay());
        writeOffset(out, value.getOffset());
    }

    private static void writeOffsetDateTime(ByteWriter out, OffsetDateTime value) {
        writeDateTime(out, value.toLocalDateTime());
        writeOffset(out, value.getOffset());
    }

    private static void writeZoned(ByteWriter out, ZonedDateTime value) {
        writeDateTime(out, value.toLocalDateTime());
        writeOffset(out, value.getOffset());
        out.putBytes(Utf8.encode(value.getZone().getId()));
    }

    /** The offset tells the two apart when a clock is set back; it is ignored where the rules of the zone changed. */
    private static ZonedDateTime readZoned(ByteReader in) {
        LocalDateTime local = readDateTime(in);
        ZoneOffset offset = readOffset(in);
        return ZonedDateTime.ofLocal(local, ZoneId.of(readText(in)), offset);
    }
}
