package io.kvmesh.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.runtime.RandomSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KeySpanTest {
    private static Key key(int number) {
        return Key.of(number / 4, new byte[number % 4]);
    }

    /** Spans between any two of some keys, and those without an end. */
    private static List<KeySpan> spans() {
        List<KeySpan> spans = new ArrayList<>(List.of(KeySpan.ALL));
        for (int from = 0; from < 12; from++) {
            spans.add(new KeySpan(key(from), null));
            for (int to = from + 1; to < 12; to++) {
                spans.add(new KeySpan(key(from), key(to)));
            }
        }
        return spans;
    }

    private static boolean has(KeySpan span, Key key) {
        Key to = span.to();
        return span.from().compareTo(key) <= 0 && (to == null || key.compareTo(to) < 0);
    }

    @Test
    void whatSpansHaveInCommonIsToldByTheirKeys() {
        RandomSource random = RandomSource.seeded(5);
        List<KeySpan> spans = spans();
        for (int i = 0; i < 3_000; i++) {
            KeySpan one = spans.get(random.nextInt(spans.size()));
            KeySpan other = spans.get(random.nextInt(spans.size()));
            boolean overlap = false;
            boolean inside = true;
            KeySpan both = one.overlaps(other) ? one.and(other) : null;
            for (int number = 0; number < 16; number++) {
                Key key = key(number);
                assertThat(one.contains(key)).isEqualTo(has(one, key));
                boolean common = has(one, key) && has(other, key);
                overlap |= common;
                inside &= !has(other, key) || has(one, key);
                assertThat(isIn(both, key)).isEqualTo(common);
            }
            assertThat(one.overlaps(other)).as("%s and %s", one, other).isEqualTo(overlap);
            assertThat(one.contains(other)).as("%s and %s", one, other).isEqualTo(inside);
        }
    }

    private static boolean isIn(@Nullable KeySpan span, Key key) {
        return span != null && has(span, key);
    }

    @Test
    void theEndsOfAClosedSpanBelongToIt() {
        KeySpan span = KeySpan.closed(key(3), key(6));
        assertThat(span.contains(key(3))).isTrue();
        assertThat(span.contains(key(6))).isTrue();
        assertThat(span.contains(key(7))).isFalse();
        assertThat(KeySpan.closed(key(3), key(3)).contains(key(3))).isTrue();
    }

    @Test
    void partitionsAreSpansWithoutGaps() {
        assertThat(KeySpan.ofPartitions(0, 2).to()).isEqualTo(Key.of(3, new byte[0]));
        assertThat(KeySpan.ofPartitions(2, 2).from()).isEqualTo(Key.of(2, new byte[0]));
        assertThat(KeySpan.ofPartitions(7, 0xFFFF).to()).isNull();
    }

    @Test
    void aSpanMustNotEndBeforeItsFirstKey() {
        assertThatThrownBy(() -> new KeySpan(key(3), key(3)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot end before its first key");
    }
}
