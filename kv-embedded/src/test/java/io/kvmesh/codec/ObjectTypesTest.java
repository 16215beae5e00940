package io.kvmesh.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.CodecException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ObjectTypesTest {
    /** Two names with the same hash, found by search. */
    record Type61346(int number) {}

    record Type79634(int number) {}

    record Flag(String colors) {}

    record Country(String name, Flag flag) {}

    record City(String name, List<? extends Country> countries, Map<String, Flag[]> flags) {}

    record Anything(@Nullable Object content) {}

    record Recursive(@Nullable Recursive next, List<Recursive> more) {}

    record Generic<T>(T content) {}

    record Unsupported(AtomicLong counter) {}

    interface Shape {}

    record Circle(double radius) implements Shape {}

    record Picture(Shape shape) {}

    @SuppressWarnings("ClassCanBeStatic") // It is refused for that.
    class Inner {}

    static final class OwnList extends ArrayList<String> {
        private static final long serialVersionUID = 1L;
    }

    static class Parent {
        int field;
    }

    static final class Child extends Parent {
        @SuppressWarnings("HidingField")
        int field;
    }

    static final class Failure extends Exception {
        private static final long serialVersionUID = 1L;
    }

    @TempDir
    Path directory;

    @Test
    void typesWhoseNamesCollideAreRefused() {
        assertThat(ObjectType.idOf(Type61346.class.getName())).isEqualTo(ObjectType.idOf(Type79634.class.getName()));
        refused("the hashes of their names collide; rename one of them", Type61346.class, Type79634.class);
    }

    @Test
    void oneNameFromTwoClassLoadersIsRefused() {
        Class<?> one =
                CompiledTypes.of(directory, "record Person(String name) {}").type("Person");
        Class<?> other =
                CompiledTypes.of(directory, "record Person(String name) {}").type("Person");
        refused("twice, from two class loaders", one, other);
    }

    @Test
    void typesThatCannotBeWrittenAreRefusedWithTheReason() {
        refused("register the classes that implement it", Shape.class);
        refused("it is a collection", OwnList.class);
        refused("make the class static", Inner.class);
        refused("only records, classes and enums", City[].class);
        refused("only records, classes and enums", Object.class);
        refused("copy what it holds into a record of yours", AtomicLong.class);
        refused("two fields of the name field", Child.class);
        refused("opens io.kvmesh.codec to io.kvmesh", Failure.class);
        refused("give it a name", new Object() {}.getClass());
    }

    @Test
    void registeringTwiceOrWhatNeedsNoRegistrationDoesNoHarm() {
        assertThatCode(() -> new Codecs(List.of(Flag.class, Flag.class, String.class, int.class, ArrayList.class)))
                .doesNotThrowAnyException();
    }

    @Test
    void everyMissingTypeIsNamedAtOnceWhenTheMapIsOpened() {
        Codecs codecs = new Codecs(List.of(City.class));
        assertThatThrownBy(() -> codecs.valueCodec(City.class))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("ObjectTypesTest.City.countries (io.kvmesh.codec.ObjectTypesTest$Country)")
                .hasMessageContaining("ObjectTypesTest.City.flags (io.kvmesh.codec.ObjectTypesTest$Flag)")
                .hasMessageEndingWith("add KvStore.builder().register(ObjectTypesTest.Country.class,"
                        + " ObjectTypesTest.Flag.class)");
    }

    @Test
    void fieldsOfLibraryTypesWithoutCodecAreNamedWhenTheMapIsOpened() {
        Codecs codecs = new Codecs(List.of(Unsupported.class));
        assertThatThrownBy(() -> codecs.valueCodec(Unsupported.class))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("ObjectTypesTest.Unsupported.counter (java.util.concurrent.atomic.AtomicLong)")
                .hasMessageContaining("this class of the Java library is not supported");
    }

    @Test
    void anInterfaceNeedsARegisteredImplementation() {
        assertThatThrownBy(() -> new Codecs(List.of(Picture.class)).valueCodec(Picture.class))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("ObjectTypesTest.Picture.shape");
        Codecs codecs = new Codecs(List.of(Picture.class, Circle.class));
        ValueCodec<Picture> codec = codecs.valueCodec(Picture.class);
        assertThat(codec.decode(codec.encode(new Picture(new Circle(1))))).isEqualTo(new Picture(new Circle(1)));
        ValueCodec<Shape> shapes = codecs.valueCodec(Shape.class);
        assertThat(shapes.decode(shapes.encode(new Circle(1)))).isEqualTo(new Circle(1));
    }

    @Test
    void recursiveAndGenericTypesAreOpened() {
        Codecs codecs = new Codecs(List.of(Recursive.class, Generic.class));
        ValueCodec<Recursive> codec = codecs.valueCodec(Recursive.class);
        Recursive value = new Recursive(new Recursive(null, List.of()), List.of(new Recursive(null, List.of())));
        assertThat(codec.decode(codec.encode(value))).isEqualTo(value);
        assertThatCode(() -> codecs.valueCodec(Generic.class)).doesNotThrowAnyException();
    }

    @Test
    void whatNoDeclarationTellsIsNamedWithItsPathWhenItIsWritten() {
        ValueCodec<Anything> codec = new Codecs(List.of(Anything.class)).valueCodec(Anything.class);
        assertThatThrownBy(() -> codec.encode(new Anything(List.of(Map.of("k", new Anything(new Flag("blue")))))))
                .isInstanceOf(CodecException.class)
                .hasMessage("cannot encode a value: ObjectTypesTest.Anything.content[0][0].content:"
                        + " io.kvmesh.codec.ObjectTypesTest$Flag has no codec: add"
                        + " KvStore.builder().register(ObjectTypesTest.Flag.class)");
        assertThatThrownBy(() -> codec.encode(new Anything(TimeUnit.DAYS)))
                .hasMessageContaining("KvStore.builder().register(TimeUnit.class)");
        assertThatThrownBy(() -> codec.encode(new Anything(new EnumMap<>(TimeUnit.class))))
                .hasMessageContaining("copy it into an ArrayList, HashSet, HashMap");
    }

    @Test
    void enumsOfTheLibraryCanBeRegistered() {
        ValueCodec<TimeUnit> codec = new Codecs(List.of(TimeUnit.class)).valueCodec(TimeUnit.class);
        assertThat(codec.decode(codec.encode(TimeUnit.DAYS))).isEqualTo(TimeUnit.DAYS);
    }

    @Test
    void typesThatSayTooLittleAreNotValueTypes() {
        for (Class<?> type : List.of(Object.class, Number.class, CharSequence.class)) {
            assertThatThrownBy(() -> new Codecs(List.of()).valueCodec(type))
                    .isInstanceOf(CodecException.class)
                    .hasMessageContaining(type.getName() + " says too little");
        }
    }

    private static void refused(String message, Class<?>... types) {
        assertThatThrownBy(() -> new Codecs(List.of(types)))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining(message);
    }
}
