package io.kvmesh.testkit.history;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TaggedValueTest {
    @Test
    void aValueTellsItsWrite() {
        for (int length = 0; length < 40; length++) {
            String value = TaggedValue.of("key", 17, length);

            assertThat(value).hasSizeGreaterThanOrEqualTo(length);
            assertThat(TaggedValue.numberIn("key", value)).isEqualTo(17);
            assertThat(TaggedValue.describe(value)).isEqualTo("'key|17'");
        }
    }

    @Test
    void aDamagedValueIsOfNoWrite() {
        String value = TaggedValue.of("key", 17, 30);

        for (int at = 0; at < value.length(); at++) {
            String damaged = value.substring(0, at) + (char) (value.charAt(at) ^ 0x40) + value.substring(at + 1);
            assertThat(TaggedValue.numberIn("key", damaged)).as(damaged).isEqualTo(-1);
        }
        assertThat(TaggedValue.numberIn("key", "key|x|")).isEqualTo(-1);
        assertThat(TaggedValue.numberIn("key", "key")).isEqualTo(-1);
        assertThat(TaggedValue.numberIn("key", "")).isEqualTo(-1);
    }

    @Test
    void aValueOfAnotherKeyIsOfNoWrite() {
        assertThat(TaggedValue.numberIn("k", TaggedValue.of("kk", 1, 20))).isEqualTo(-1);
        assertThat(TaggedValue.numberIn("k", TaggedValue.of("k|1", 2, 20))).isEqualTo(-1);
        assertThat(TaggedValue.numberIn("k|1", TaggedValue.of("k", 1, 20))).isEqualTo(-1);
    }

    @Test
    void whatIsNoTaggedValueIsShownWhole() {
        assertThat(TaggedValue.describe(null)).isEqualTo("no value");
        assertThat(TaggedValue.describe("rubbish")).isEqualTo("'rubbish'");
    }
}
