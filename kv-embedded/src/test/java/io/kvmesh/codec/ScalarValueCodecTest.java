package io.kvmesh.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.CodecException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ScalarValueCodecTest {
    private final Codecs codecs = new Codecs(List.of());

    private static final class FancyInteger extends BigInteger {
        private static final long serialVersionUID = 1L;

        FancyInteger(String digits) {
            super(digits);
        }
    }

    @TestFactory
    Stream<DynamicTest> valuesComeBackEqualAlsoInsideObjects() {
        return GoldenValues.scalars().stream()
                .map(value -> DynamicTest.dynamicTest(value.getClass().getSimpleName() + " " + value, () -> {
                    ValueCodec<Object> codec = GoldenValues.codecFor(codecs, value);
                    assertThat(codec.decode(codec.encode(value))).isEqualTo(value);
                    ValueCodec<Object> lists = GoldenValues.codecFor(codecs, List.of());
                    assertThat(lists.decode(lists.encode(List.of(value))))
                            .usingRecursiveComparison()
                            .isEqualTo(List.of(value));
                }));
    }

    @Test
    void everyScalarTypeHasASampleAndItsOwnCode() {
        Set<Class<?>> sampled = new HashSet<>();
        GoldenValues.scalars().forEach(value -> sampled.add(GoldenValues.typeOf(value)));
        assertThat(ScalarForms.codes()).doesNotHaveDuplicates();
        for (int code : ScalarForms.codes()) {
            ScalarForm<?> form = Objects.requireNonNull(ScalarForms.ofCode(code));
            assertThat(form.code()).isEqualTo(code).isBetween(1, TypeResolver.FIRST_LAYOUT - 1);
            assertThat(ScalarForms.of(form.type())).extracting(ScalarForm::code).isEqualTo(code);
            assertThat(sampled).contains(form.type());
        }
    }

    @Test
    void theArrayOfTheCallerIsNotShared() {
        ValueCodec<byte[]> codec = codecs.valueCodec(byte[].class);
        byte[] value = {1, 2, 3};
        byte[] encoded = codec.encode(value);
        byte[] decoded = codec.decode(encoded);
        value[0] = 9;
        encoded[ValueHead.BYTES] = 8;
        assertThat(decoded).containsExactly(1, 2, 3);
        assertThat(codec.decode(encoded)).containsExactly(8, 2, 3);
    }

    @Test
    void aValueOfAnotherCodecOrVersionIsRefusedWithBothNames() {
        byte[] number = codecs.valueCodec(Long.class).encode(5L);
        assertThatThrownBy(() -> codecs.valueCodec(String.class).decode(number))
                .isInstanceOf(CodecException.class)
                .hasMessage("the value was written by codec 6 (long) version 1, but this map reads string.1");
        number[1] = 2;
        assertThatThrownBy(() -> codecs.valueCodec(Long.class).decode(number))
                .isInstanceOf(CodecException.class)
                .hasMessage("the value was written by codec 6 (long) version 2, but this map reads long.1");
        assertThatThrownBy(() -> codecs.valueCodec(List.class).decode(number))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("object.1(java.util.List)");
        number[0] = (byte) 200;
        assertThatThrownBy(() -> codecs.valueCodec(Long.class).decode(number))
                .hasMessageContaining("unknown codec 200");
        assertThatThrownBy(() -> codecs.valueCodec(Long.class).decode(new byte[1]))
                .isInstanceOf(CodecException.class);
    }

    @Test
    void bytesOfTheWrongSizeAreRefused() {
        for (Object value : GoldenValues.scalars()) {
            Class<?> type = GoldenValues.typeOf(value);
            boolean anySize = type == String.class || type == byte[].class || type == BigInteger.class;
            if (anySize || type == Locale.class || type == BigDecimal.class) {
                continue;
            }
            byte[] encoded = GoldenValues.codecFor(codecs, value).encode(value);
            byte[] longer = java.util.Arrays.copyOf(encoded, encoded.length + 1);
            if (!type.isArray() || type.getComponentType() != boolean.class) {
                assertThatThrownBy(() -> GoldenValues.codecFor(codecs, value).decode(longer))
                        .as("%s", value)
                        .isInstanceOf(CodecException.class);
            }
        }
    }

    @Test
    void whatTheFormCannotExpressIsRefused() {
        assertThatThrownBy(() -> codecs.valueCodec(BigInteger.class).encode(new FancyInteger("1")))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("FancyInteger, not a java.math.BigInteger");
        assertThatThrownBy(() -> codecs.valueCodec(Locale.class).encode(new Locale("no", "NO", "NY")))
                .isInstanceOf(CodecException.class);
        assertThatThrownBy(() -> codecs.valueCodec(String.class).encode("\ud800"))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("unpaired surrogate");
    }

    @Test
    void primitiveClassesStandForTheirBoxes() {
        assertThat(codecs.valueCodec(int.class)
                        .decode(codecs.valueCodec(Integer.class).encode(7)))
                .isEqualTo(7);
    }

    @Test
    void namesTellFormAndVersion() {
        assertThat(codecs.valueCodec(String.class).name()).isEqualTo("string.1");
        assertThat(codecs.valueCodec(long.class).name()).isEqualTo("long.1");
        assertThat(codecs.valueCodec(int[].class).name()).isEqualTo("int[].1");
        assertThat(codecs.valueCodec(List.class).name()).isEqualTo("object.1(java.util.List)");
    }
}
