package io.kvmesh.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.CodecException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values that one version of an application wrote are read by another one. */
class EvolutionTest {
    private static final String ADDRESS = "record Address(String street, String town) {}";

    @TempDir
    Path directory;

    @Test
    void aComponentThatWasAddedIsNullOrZeroInOldValues() {
        CompiledTypes before = version("record Person(String name) {}");
        CompiledTypes after =
                version("record Person(int age, String name, String mail, boolean member, double score, char c) {}");
        Object read = rewrite(before, before.make("Person", "Ada"), after, "Person");
        assertThat(read).isEqualTo(after.make("Person", 0, "Ada", null, false, 0.0, (char) 0));
    }

    @Test
    void aComponentThatWasRemovedIsSteppedOverWhateverItsKind() {
        CompiledTypes before = version("record Person(boolean a, byte b, short c, char d, int e, long f, float g,"
                + " double h, String i, String j, Object k, Object l, String name) {}");
        CompiledTypes after = version("record Person(String name) {}");
        Object written = before.make(
                "Person",
                true,
                (byte) 1,
                (short) -300,
                'x',
                -5,
                1L << 60,
                1f,
                2d,
                "text",
                null,
                List.of(1, 2),
                null,
                "Ada");
        assertThat(rewrite(before, written, after, "Person")).isEqualTo(after.make("Person", "Ada"));
    }

    @Test
    void theLayoutOfATypeIsFoundEvenIfItsFirstObjectLiesInAFieldThatIsSteppedOver() {
        CompiledTypes before = version("record Person(Address old, Address home) {}", ADDRESS);
        CompiledTypes after = version("record Person(Address home) {}", ADDRESS);
        Object written =
                before.make("Person", before.make("Address", "Rue", "Paris"), before.make("Address", "Via", "Roma"));
        assertThat(rewrite(before, written, after, "Person", "Address"))
                .isEqualTo(after.make("Person", after.make("Address", "Via", "Roma")));
    }

    @Test
    void aRemovedComponentMayHoldATypeThatNobodyKnowsAnyMore() {
        CompiledTypes before = version("record Person(Object extra, String name) {}", ADDRESS);
        CompiledTypes after = version("record Person(String name) {}");
        Object written = before.make("Person", before.make("Address", "Rue", "Paris"), "Ada");
        byte[] bytes = codec(before, "Person", "Address").encode(written);
        assertThat(codec(after, "Person").decode(bytes)).isEqualTo(after.make("Person", "Ada"));
    }

    @Test
    void componentsMayBeReorderedAndNumbersWidened() {
        CompiledTypes before = version("record Reading(byte a, short b, int c, float d, int e, int f) {}");
        CompiledTypes after = version("record Reading(Integer f, double e, double d, long c, int b, short a) {}");
        Object written = before.make("Reading", (byte) -1, (short) -2, -3, 1.5f, 5, 6);
        assertThat(rewrite(before, written, after, "Reading"))
                .isEqualTo(after.make("Reading", 6, 5.0, 1.5, -3L, -2, (short) -1));
    }

    @Test
    void aComponentWhoseTypeChangedOtherwiseIsRefusedByName() {
        CompiledTypes before = version("record Person(String age) {}");
        CompiledTypes after = version("record Person(int age) {}");
        assertThatThrownBy(() -> rewrite(before, before.make("Person", "old"), after, "Person"))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("Person.age: was written as java.lang.String and is now declared as int");
    }

    @Test
    void aConstructorThatRefusesTheMissingComponentIsTold() {
        CompiledTypes before = version("record Person(String name) {}");
        CompiledTypes after = version("record Person(String name, String mail) {"
                + " public Person { java.util.Objects.requireNonNull(mail, \"mail\"); } }");
        assertThatThrownBy(() -> rewrite(before, before.make("Person", "Ada"), after, "Person"))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("(written without mail): NullPointerException: mail");
    }

    @Test
    void fieldsOfClassesEvolveToo() {
        CompiledTypes before = version("class Person { final int old; final String name;"
                + " public Person(int old, String name) { this.old = old; this.name = name; } }");
        CompiledTypes after = version("class Person { final String name; final int age = Math.max(7, 0);"
                + " Person() { name = null; } public Person(String name) { this.name = name; }"
                + " public String toString() { return name + age; } }");
        assertThat(rewrite(before, before.make("Person", 1, "Ada"), after, "Person"))
                .as("a field that the writer did not have keeps what the constructor gave it")
                .hasToString("Ada7");
    }

    @Test
    void aClassMayBecomeARecord() {
        CompiledTypes before =
                version("class Person { final String name; public Person(String name) { this.name = name; } }");
        CompiledTypes after = version("record Person(String name) {}");
        assertThat(rewrite(before, before.make("Person", "Ada"), after, "Person"))
                .isEqualTo(after.make("Person", "Ada"));
    }

    @Test
    void enumConstantsMayBeAddedAndReorderedButNotRemoved() {
        CompiledTypes before = version("enum Color { RED, BLUE }");
        CompiledTypes after = version("enum Color { GREEN, BLUE }");
        assertThat(rewrite(before, before.constant("Color", "BLUE"), after, "Color"))
                .isEqualTo(after.constant("Color", "BLUE"));
        assertThatThrownBy(() -> rewrite(before, before.constant("Color", "RED"), after, "Color"))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("enum app.Color has no constant RED any more");
    }

    @Test
    void aTypeThatIsNotRegisteredAtTheReaderIsToldByItsNumber() {
        CompiledTypes before = version("record Person(Object home) {}", ADDRESS);
        byte[] bytes = codec(before, "Person", "Address")
                .encode(before.make("Person", before.make("Address", "Rue", "Paris")));
        CompiledTypes after = version("record Person(Object home) {}");
        assertThatThrownBy(() -> codec(after, "Person").decode(bytes))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("Person.home")
                .hasMessageContaining(String.format("%08x", ObjectType.idOf("app.Address")));
    }

    @Test
    void classesOfAnyClassLoaderAreRead() {
        CompiledTypes types = version("record Person(String name) {}");
        assertThat(rewrite(types, types.make("Person", "Ada"), types, "Person")).isEqualTo(types.make("Person", "Ada"));
    }

    private CompiledTypes version(String... sources) {
        return CompiledTypes.of(directory, sources);
    }

    private static Object rewrite(CompiledTypes before, Object value, CompiledTypes after, String... types) {
        return codec(after, types).decode(codec(before, types).encode(value));
    }

    /** The codec of the first type, with all of them registered. */
    @SuppressWarnings("unchecked") // The class is known by name only.
    private static ValueCodec<Object> codec(CompiledTypes version, String... types) {
        List<Class<?>> registered =
                Arrays.stream(types).<Class<?>>map(version::type).toList();
        return (ValueCodec<Object>) new Codecs(registered).valueCodec(registered.get(0));
    }
}
