package io.kvmesh.codec;

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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Currency;
import java.util.Date;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Values and keys with known contents, shared by the tests of formats. Stateless. */
final class GoldenValues {
    enum Level {
        LOW,
        HIGH
    }

    record Item(String name, int count, @Nullable Item next) {}

    record Order(
            long number,
            Level level,
            List<Item> items,
            Map<String, Object> notes,
            @Nullable Instant paid) {}

    record Kinds(
            boolean a,
            byte b,
            short c,
            char d,
            int e,
            long f,
            float g,
            double h,
            @Nullable String i) {}

    static final class Basket {
        private final List<Item> items = new ArrayList<>();
        private String owner = "";

        Basket with(String newOwner, Item item) {
            owner = newOwner;
            items.add(item);
            return this;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Basket basket && items.equals(basket.items) && owner.equals(basket.owner);
        }

        @Override
        public int hashCode() {
            return items.hashCode() + owner.hashCode();
        }
    }

    record OrderKey(String customer, UUID order, int line, String part) {}

    static final List<Class<?>> REGISTERED = List.of(Level.class, Item.class, Order.class, Basket.class, Kinds.class);

    private GoldenValues() {}

    @SuppressWarnings("JavaUtilDate")
    static List<Object> scalars() {
        return List.of(
                true,
                (byte) -2,
                (short) -300,
                'ß',
                -70_000,
                Long.MIN_VALUE,
                1.5f,
                -0.0,
                "",
                "Zürich \ud83d\ude00",
                new byte[] {0, 1, -1},
                new BigInteger("-123456789012345678901234567890"),
                new BigDecimal("12.3400"),
                new UUID(-1, 2),
                Instant.ofEpochSecond(-5, 999_999_999),
                LocalDate.of(2024, 2, 29),
                LocalTime.of(23, 59, 59, 1),
                LocalDateTime.of(1, 1, 1, 0, 0),
                Duration.ofMillis(-1),
                OffsetDateTime.of(2020, 1, 2, 3, 4, 5, 6, ZoneOffset.ofHoursMinutes(5, 30)),
                ZonedDateTime.ofStrict(
                        LocalDateTime.of(2021, 10, 31, 2, 30), ZoneOffset.ofHours(1), ZoneId.of("Europe/Paris")),
                Year.of(2026),
                YearMonth.of(2026, 11),
                ZoneOffset.ofHours(-3),
                Period.of(1, -2, 3),
                OffsetTime.of(1, 2, 3, 4, ZoneOffset.UTC),
                new Date(1_700_000_000_000L),
                URI.create("https://example.org/a?b=c"),
                Locale.forLanguageTag("de-CH"),
                Currency.getInstance("EUR"),
                ZoneId.of("America/New_York"),
                new boolean[] {true, false},
                new short[] {-1, 2},
                new char[] {'a', '\uffff'},
                new int[] {1, -2, 3},
                new long[] {},
                new float[] {1.5f},
                new double[] {-0.0, Math.PI});
    }

    static List<Object> objects() {
        Item screw = new Item("screw", 12, new Item("nut", -1, null));
        Map<String, Object> notes = new TreeMap<>();
        notes.put("gift", true);
        notes.put("tags", Set.of("b", "a"));
        notes.put("when", Optional.of(LocalDate.of(2026, 11, 1)));
        notes.put("long", "x".repeat(200));
        return List.of(
                Level.HIGH,
                screw,
                new Order(7, Level.LOW, List.of(screw, screw), notes, Instant.EPOCH),
                new Order(-1, Level.HIGH, new ArrayList<>(), new LinkedHashMap<>(), null),
                new Kinds(true, (byte) -1, (short) 300, 'x', -70_000, 1L << 40, 1.5f, -2.5, null),
                new Basket().with("Ada", screw),
                EnumSet.of(Level.LOW, Level.HIGH),
                new Item[] {screw},
                Arrays.asList(1, null, "three"));
    }

    static List<Object> keys() {
        List<Object> keys = new ArrayList<>(scalars());
        keys.removeIf(value -> OrderedForms.of(value.getClass()) == null);
        keys.add(new OrderKey("A\u0000B", new UUID(1, -1), -5, "end\u0000"));
        return keys;
    }

    static Class<?> typeOf(Object value) {
        return value instanceof ZoneId && !(value instanceof ZoneOffset)
                ? ZoneId.class
                : value instanceof List ? List.class : value instanceof EnumSet ? EnumSet.class : value.getClass();
    }

    @SuppressWarnings("unchecked") // The codec is that of the value's own class.
    static ValueCodec<Object> codecFor(Codecs codecs, Object value) {
        return (ValueCodec<Object>) codecs.valueCodec(typeOf(value));
    }

    @SuppressWarnings("unchecked") // The codec is that of the key's own class.
    static KeyCodec<Object> keyCodecFor(Codecs codecs, Object key) {
        return (KeyCodec<Object>) codecs.keyCodec(key.getClass());
    }
}
