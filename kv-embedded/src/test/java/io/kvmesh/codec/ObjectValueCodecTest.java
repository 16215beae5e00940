package io.kvmesh.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.CodecException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ObjectValueCodecTest {
    record City(String name, String country, long population, double latitude, double longitude) {}

    enum Color {
        RED,
        GREEN {
            @Override
            boolean isWarm() {
                return false;
            }
        },
        BLUE;

        boolean isWarm() {
            return this == RED;
        }
    }

    sealed interface Shape permits Circle, Box {}

    record Circle(double radius) implements Shape {}

    record Box(double width, double height) implements Shape {}

    record Everything(
            boolean flag,
            byte small,
            short medium,
            char letter,
            int number,
            long big,
            float single,
            double twice,
            @Nullable String text,
            @Nullable Integer boxed,
            @Nullable Object any,
            @Nullable City city,
            @Nullable Color color) {}

    record Holder(Object content) {}

    static class Animal {
        private final String name;
        protected int legs = 4;
        private transient int cached = 7;

        Animal(String name) {
            this.name = name;
        }

        int cached() {
            return cached;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Animal animal && name.equals(animal.name) && legs == animal.legs;
        }

        @Override
        public int hashCode() {
            return Objects.hash(name, legs);
        }
    }

    static final class Bird extends Animal {
        private final List<String> songs;
        private @Nullable Bird mate;

        Bird(String name, List<String> songs, @Nullable Bird mate) {
            super(name);
            this.songs = songs;
            this.mate = mate;
            this.legs = 2;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Bird bird
                    && super.equals(other)
                    && songs.equals(bird.songs)
                    && Objects.equals(mate, bird.mate);
        }

        @Override
        public int hashCode() {
            return Objects.hash(super.hashCode(), songs, mate);
        }
    }

    private static final City PARIS = new City("Paris", "FR", 2_138_551, 48.85341, 2.3488);

    private final Codecs codecs = new Codecs(
            List.of(City.class, Color.class, Shape.class, Everything.class, Holder.class, Bird.class, Animal.class));

    @Test
    void recordsOfAllKindsOfComponentsComeBackEqual() {
        Everything full = new Everything(
                true,
                (byte) -1,
                (short) -2,
                'x',
                -3,
                Long.MIN_VALUE,
                -0.0f,
                Double.NaN,
                "",
                5,
                "any",
                PARIS,
                Color.GREEN);
        Everything empty =
                new Everything(false, (byte) 0, (short) 0, (char) 0, 0, 0, 0, 0, null, null, null, null, null);
        assertThat(roundTrip(Everything.class, full)).isEqualTo(full);
        assertThat(roundTrip(Everything.class, empty)).isEqualTo(empty);
    }

    @Test
    void plainClassesComeBackWithInheritedFieldsAndWithoutTransientOnes() {
        Bird bird = new Bird("Ada", List.of("la", "le"), new Bird("Bob", List.of(), null));
        Bird back = roundTrip(Bird.class, bird);
        assertThat(back).isEqualTo(bird);
        assertThat(back.cached()).isZero();
    }

    @Test
    void everySupportedCollectionComesBackEqualAndOfItsKind() {
        List<Object> contents = List.of(
                new ArrayList<>(Arrays.asList("a", null, 3)),
                List.of(1, 2L, "three"),
                new LinkedHashSet<>(List.of("z", "a")),
                new HashSet<>(List.of("z", "a")),
                new TreeSet<>(List.of("z", "a")),
                Set.of(PARIS, Color.RED),
                new HashMap<>(Map.of("k", List.of(PARIS))),
                new LinkedHashMap<>(Map.of("k", 1)),
                new TreeMap<>(Map.of(2, "b", 1, "a")),
                Map.of(Color.RED, Optional.of("warm"), Color.BLUE, Optional.empty()),
                new ConcurrentHashMap<>(Map.of("k", 1)),
                EnumSet.noneOf(Color.class),
                EnumSet.allOf(Color.class),
                Optional.of(Instant.EPOCH),
                new UUID(1, 2));
        for (Object content : contents) {
            Object back = roundTrip(Holder.class, new Holder(content)).content();
            assertThat(back).isEqualTo(content);
            if (!content.getClass().getName().contains("Immutable")) {
                assertThat(back).hasSameClassAs(content);
            }
        }
    }

    @Test
    void collectionsAreValuesByThemselves() {
        assertThat(roundTripOf(List.class, Arrays.asList("a", null))).isEqualTo(Arrays.asList("a", null));
        assertThat(roundTripOf(Map.class, Map.of("a", PARIS))).isEqualTo(Map.of("a", PARIS));
        assertThat((ArrayDeque<?>) roundTripOf(ArrayDeque.class, new ArrayDeque<>(List.of(1, 2))))
                .hasToString("[1, 2]");
        assertThat(roundTrip(City[].class, new City[] {PARIS, PARIS})).containsExactly(PARIS, PARIS);
        assertThat(roundTrip(String[][].class, new String[][] {{"a"}, {}})).isDeepEqualTo(new String[][] {{"a"}, {}});
        assertThat(((TreeSet<?>) roundTripOf(TreeSet.class, new TreeSet<>(Collections.reverseOrder()))).comparator())
                .isEqualTo(Collections.reverseOrder());
    }

    @Test
    void immutableCollectionsStayImmutable() {
        Object back = roundTrip(Holder.class, new Holder(List.of(1))).content();
        assertThatThrownBy(() -> ((List<?>) back).clear()).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void sealedTypesStandForWhatTheyPermit() {
        assertThat(roundTrip(Shape.class, new Circle(2))).isEqualTo(new Circle(2));
        assertThat(roundTrip(Shape.class, new Box(2, 3))).isEqualTo(new Box(2, 3));
    }

    @Test
    void setsAndMapsWithoutOrderHaveTheSameBytesWhateverTheirHistory() {
        Set<String> many = new HashSet<>(1_000);
        Set<String> few = new HashSet<>(2);
        IntStream.range(0, 20).forEach(i -> many.add("e" + i));
        IntStream.iterate(19, i -> i >= 0, i -> i - 1).forEach(i -> few.add("e" + i));
        assertThat(encode(Holder.class, new Holder(many))).isEqualTo(encode(Holder.class, new Holder(few)));
        Map<String, Integer> wide = new HashMap<>(1_000);
        wide.putAll(Map.of("b", 1, "a", 2, "zebra", 3));
        assertThat(encode(Holder.class, new Holder(wide)))
                .isEqualTo(encode(Holder.class, new Holder(new HashMap<>(wide))));
    }

    @Test
    void theOrderOfRegistrationDoesNotMatter() {
        Codecs other = new Codecs(List.of(Animal.class, Holder.class, City.class));
        byte[] bytes = encode(City.class, PARIS);
        assertThat(other.valueCodec(City.class).encode(PARIS)).isEqualTo(bytes);
        assertThat(other.valueCodec(City.class).decode(bytes)).isEqualTo(PARIS);
    }

    @Test
    void aRangeOfALargerArrayIsDecoded() {
        byte[] bytes = encode(City.class, PARIS);
        byte[] larger = new byte[bytes.length + 20];
        System.arraycopy(bytes, 0, larger, 7, bytes.length);
        assertThat(codecs.valueCodec(City.class).decode(larger, 7, bytes.length))
                .isEqualTo(PARIS);
    }

    @Test
    void anUnregisteredTypeIsRefusedWhenTheMapIsOpened() {
        assertThatThrownBy(() -> new Codecs(List.of()).valueCodec(City.class))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("io.kvmesh.codec.ObjectValueCodecTest$City")
                .hasMessageContaining("add KvStore.builder().register(ObjectValueCodecTest.City.class)");
    }

    private <V> byte[] encode(Class<V> type, V value) {
        return codecs.valueCodec(type).encode(value);
    }

    private <V> V roundTrip(Class<V> type, V value) {
        ValueCodec<V> codec = codecs.valueCodec(type);
        return codec.decode(codec.encode(value));
    }

    @SuppressWarnings("unchecked") // Classes of collections do not tell their elements.
    private Object roundTripOf(Class<?> type, Object value) {
        return roundTrip((Class<Object>) type, value);
    }
}
