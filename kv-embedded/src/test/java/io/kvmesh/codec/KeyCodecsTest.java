package io.kvmesh.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.CodecException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class KeyCodecsTest {
    private static final long SEED = 20_261_101L;
    private static final int SAMPLES = 400;

    record Place(String country, int region, String city) {}

    record Located(Place place, boolean capital, Instant since) {}

    @SuppressWarnings("ArrayRecordComponent") // Users have such records.
    record Blob(byte[] bytes, Double weight) {}

    record Nullable1(@Nullable String text, int number) {}

    record Node(String name, @Nullable Node next) {}

    record Empty() {}

    record WithEnum(DayOfWeek day) {}

    private final Codecs codecs = new Codecs(List.of());

    /** A type, how to make keys of it, and the order that the bytes must have. */
    private record Sample<K>(Class<K> type, Function<Random, K> generator, Comparator<K> order) {}

    @TestFactory
    Stream<DynamicTest> bytesSortAsKeysDoAndComeBackEqual() {
        return samples().map(sample -> DynamicTest.dynamicTest(sample.type().getSimpleName(), () -> check(sample)));
    }

    private static Stream<Sample<?>> samples() {
        Comparator<Place> places = Comparator.comparing(Place::country, KeyCodecsTest::compareCodePoints)
                .thenComparingInt(Place::region)
                .thenComparing(Place::city, KeyCodecsTest::compareCodePoints);
        return Stream.of(
                new Sample<>(String.class, KeyCodecsTest::text, KeyCodecsTest::compareCodePoints),
                new Sample<>(byte[].class, KeyCodecsTest::bytes, Arrays::compareUnsigned),
                new Sample<>(Boolean.class, Random::nextBoolean, Comparator.naturalOrder()),
                new Sample<>(Byte.class, r -> (byte) r.nextInt(), Comparator.naturalOrder()),
                new Sample<>(Short.class, r -> (short) number(r), Comparator.naturalOrder()),
                new Sample<>(Character.class, r -> (char) number(r), Comparator.naturalOrder()),
                new Sample<>(Integer.class, r -> (int) number(r), Comparator.naturalOrder()),
                new Sample<>(Long.class, KeyCodecsTest::number, Comparator.naturalOrder()),
                new Sample<>(Float.class, KeyCodecsTest::aFloat, Float::compare),
                new Sample<>(Double.class, KeyCodecsTest::aDouble, Double::compare),
                new Sample<>(BigInteger.class, KeyCodecsTest::bigInteger, Comparator.naturalOrder()),
                new Sample<>(UUID.class, r -> new UUID(number(r), number(r)), Comparator.naturalOrder()),
                new Sample<>(Instant.class, KeyCodecsTest::instant, Comparator.naturalOrder()),
                new Sample<>(
                        Duration.class,
                        r -> Duration.ofSeconds(number(r), r.nextInt(1_000_000_000)),
                        Comparator.naturalOrder()),
                new Sample<>(LocalDate.class, KeyCodecsTest::date, Comparator.comparing(LocalDate::toEpochDay)),
                new Sample<>(LocalTime.class, KeyCodecsTest::time, Comparator.naturalOrder()),
                new Sample<>(
                        LocalDateTime.class,
                        r -> LocalDateTime.of(date(r), time(r)),
                        Comparator.comparing(LocalDateTime::toLocalDate, Comparator.comparing(LocalDate::toEpochDay))
                                .thenComparing(LocalDateTime::toLocalTime)),
                new Sample<>(Place.class, KeyCodecsTest::place, places),
                new Sample<>(
                        Located.class,
                        r -> new Located(place(r), r.nextBoolean(), instant(r)),
                        Comparator.comparing(Located::place, places)
                                .thenComparing(Located::capital)
                                .thenComparing(Located::since)),
                new Sample<>(
                        Blob.class,
                        r -> new Blob(bytes(r), aDouble(r)),
                        Comparator.comparing(Blob::bytes, Arrays::compareUnsigned)
                                .thenComparing(Blob::weight)));
    }

    private <K> void check(Sample<K> sample) {
        Random random = new Random(SEED);
        KeyCodec<K> codec = codecs.keyCodec(sample.type());
        List<K> keys = new ArrayList<>();
        for (int i = 0; i < SAMPLES; i++) {
            keys.add(sample.generator().apply(random));
        }
        List<byte[]> encoded = keys.stream().map(codec::encode).toList();
        for (int i = 0; i < SAMPLES; i++) {
            assertThat(sample.order().compare(codec.decode(encoded.get(i)), keys.get(i)))
                    .isZero();
            assertThat(codec.encode(codec.decode(encoded.get(i)))).isEqualTo(encoded.get(i));
            for (int j = 0; j < SAMPLES; j++) {
                int expected = Integer.signum(sample.order().compare(keys.get(i), keys.get(j)));
                int actual = Integer.signum(Arrays.compareUnsigned(encoded.get(i), encoded.get(j)));
                if (actual != expected) {
                    assertThat(actual)
                            .as("order of %s and %s", keys.get(i), keys.get(j))
                            .isEqualTo(expected);
                }
            }
        }
    }

    @TestFactory
    Stream<DynamicTest> damagedBytesGiveACodecExceptionOrTheKeyOfThoseBytes() {
        return samples().map(sample -> DynamicTest.dynamicTest(sample.type().getSimpleName(), () -> damage(sample)));
    }

    private <K> void damage(Sample<K> sample) {
        Random random = new Random(SEED);
        KeyCodec<K> codec = codecs.keyCodec(sample.type());
        int refused = 0;
        for (int i = 0; i < 2_000; i++) {
            byte[] bytes = codec.encode(sample.generator().apply(random));
            bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 3));
            if (bytes.length > 0) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                assertThat(codec.encode(codec.decode(bytes))).isEqualTo(bytes);
            } catch (CodecException e) {
                assertThat(e).hasMessageContaining(sample.type().getName());
                refused++;
            }
        }
        if (sample.type() != byte[].class) {
            assertThat(refused).isPositive();
        }
    }

    @Test
    void namesTellFormAndVersion() {
        assertThat(codecs.keyCodec(String.class).name()).isEqualTo("string.1");
        assertThat(codecs.keyCodec(int.class).name()).isEqualTo("int.1");
        assertThat(codecs.keyCodec(Located.class).name())
                .isEqualTo("record.1(record.1(string.1,int.1,string.1),boolean.1,instant.1)");
    }

    @Test
    void primitiveClassesStandForTheirBoxes() {
        byte[] bytes = codecs.keyCodec(long.class).encode(5L);
        assertThat(codecs.keyCodec(Long.class).decode(bytes)).isEqualTo(5L);
    }

    @Test
    void unpairedSurrogatesAreRefused() {
        KeyCodec<String> codec = codecs.keyCodec(String.class);
        for (String text : List.of("a\ud800", "\udc00b", "\ud800\ud800\udc00")) {
            assertThatThrownBy(() -> codec.encode(text))
                    .isInstanceOf(CodecException.class)
                    .hasMessageContaining("unpaired surrogate");
        }
        assertThat(codec.decode(codec.encode("\ud83d\ude00"))).isEqualTo("\ud83d\ude00");
        assertThat(codec.decode(codec.encode("\ufffd"))).isEqualTo("\ufffd");
        assertThatThrownBy(() -> codec.decode(new byte[] {(byte) 0xC3})).isInstanceOf(CodecException.class);
    }

    @Test
    void theArrayOfTheCallerIsNotShared() {
        KeyCodec<byte[]> codec = codecs.keyCodec(byte[].class);
        byte[] key = {1, 2, 3};
        byte[] encoded = codec.encode(key);
        byte[] decoded = codec.decode(encoded);
        key[0] = 9;
        encoded[1] = 9;
        assertThat(encoded).containsExactly(1, 9, 3);
        assertThat(decoded).containsExactly(1, 2, 3);
    }

    @Test
    void typesWithoutAnOrderAreRefusedWithAdvice() {
        refused(DayOfWeek.class, "use its name() as a String");
        refused(BigDecimal.class, "use a BigInteger of the smallest unit");
        refused(Object.class, "keys may be String");
        refused(List.class, "records of these");
        refused(Empty.class, "has no component");
        refused(WithEnum.class, "component KeyCodecsTest.WithEnum.day java.time.DayOfWeek");
        refused(Node.class, "nested deeper than 16 levels");
    }

    @Test
    void aNullComponentIsRefused() {
        assertThatThrownBy(() -> codecs.keyCodec(Nullable1.class).encode(new Nullable1(null, 1)))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("component text of key KeyCodecsTest.Nullable1 is null");
    }

    private void refused(Class<?> type, String message) {
        assertThatThrownBy(() -> codecs.keyCodec(type))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining(message);
    }

    private static int compareCodePoints(String a, String b) {
        return Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());
    }

    /** Short texts of few characters, so that many are prefixes of others, with zero and both sides of the surrogates. */
    private static String text(Random random) {
        int[] alphabet = {0, 1, 'a', 'b', 0xFF, 0x7FF, 0xD7FF, 0xE000, 0xFFFD, 0xFFFF, 0x10000, 0x10FFFF};
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(5); i > 0; i--) {
            text.appendCodePoint(alphabet[random.nextInt(alphabet.length)]);
        }
        return text.toString();
    }

    private static byte[] bytes(Random random) {
        byte[] alphabet = {0, 1, (byte) 0xFF, 0x7F, (byte) 0x80};
        byte[] bytes = new byte[random.nextInt(5)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = alphabet[random.nextInt(alphabet.length)];
        }
        return bytes;
    }

    /** Numbers of all sizes, and those at the ends. */
    private static long number(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> Long.MIN_VALUE;
            case 1 -> Long.MAX_VALUE;
            case 2 -> random.nextInt(3) - 1;
            default -> random.nextLong() >> random.nextInt(64);
        };
    }

    private static float aFloat(Random random) {
        float[] special = {Float.NaN, -0.0f, 0.0f, Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, Float.MIN_VALUE};
        int pick = random.nextInt(2 * special.length);
        return pick < special.length ? special[pick] : Float.intBitsToFloat(random.nextInt());
    }

    private static double aDouble(Random random) {
        double[] special = {Double.NaN, -0.0, 0.0, Double.NEGATIVE_INFINITY, Double.MAX_VALUE, -Double.MIN_VALUE};
        int pick = random.nextInt(2 * special.length);
        return pick < special.length ? special[pick] : Double.longBitsToDouble(random.nextLong());
    }

    private static BigInteger bigInteger(Random random) {
        BigInteger value = new BigInteger(random.nextInt(80), random);
        return random.nextBoolean() ? value : value.negate();
    }

    private static Instant instant(Random random) {
        long seconds = Math.floorMod(number(random), 2 * Instant.MAX.getEpochSecond()) - Instant.MAX.getEpochSecond();
        return Instant.ofEpochSecond(seconds, random.nextInt(1_000_000_000));
    }

    private static LocalDate date(Random random) {
        long days = LocalDate.MAX.toEpochDay();
        return LocalDate.ofEpochDay(Math.floorMod(number(random), 2 * days) - days);
    }

    private static LocalTime time(Random random) {
        return LocalTime.ofNanoOfDay(Math.floorMod(number(random), 86_400_000_000_000L));
    }

    private static Place place(Random random) {
        return new Place(text(random), (int) number(random), text(random));
    }
}
