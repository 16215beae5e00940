package io.kvmesh.storage.sstable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Key;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BloomFilterTest {
    private static Key key(String prefix, int number) {
        return Key.of(number % 1024, (prefix + number).getBytes(StandardCharsets.UTF_8));
    }

    /** How many of so many absent keys a filter for so many keys lets pass, in relation to theory. */
    private static double falsePositivesToTheory(int keys, int bitsPerKey, int probes) {
        BloomFilter written = BloomFilter.forKeys(keys, bitsPerKey);
        for (int i = 0; i < keys; i++) {
            written.add(BloomFilter.hash(key("user:", i)));
        }
        ByteWriter bytes = new ByteWriter(16);
        written.encode(bytes);
        BloomFilter filter = BloomFilter.decode(new ByteReader(bytes.toBytes()));
        for (int i = 0; i < keys; i++) {
            assertThat(filter.mightContain(BloomFilter.hash(key("user:", i)))).isTrue();
        }
        int falsePositives = 0;
        for (int i = 0; i < probes; i++) {
            if (filter.mightContain(BloomFilter.hash(key("absent:", i)))) {
                falsePositives++;
            }
        }
        int bitsOfKey = BloomFilter.probesFor(bitsPerKey);
        double theory = Math.pow(1 - Math.exp(-(double) bitsOfKey / bitsPerKey), bitsOfKey);
        return falsePositives / (theory * probes);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 8, 10, 14})
    void everyKeyIsFoundAndFalsePositivesAreNearTheory(int bitsPerKey) {
        int probes = bitsPerKey > 10 ? 3_000_000 : 500_000;
        assertThat(falsePositivesToTheory(100_000, bitsPerKey, probes)).isBetween(0.9, 1.1);
    }

    @Test
    void aFilterWithoutProbesOrWordsIsRefused() {
        ByteWriter none = new ByteWriter(16).putInt(0).putInt(1).putLong(0);
        assertThatThrownBy(() -> BloomFilter.decode(new ByteReader(none.toBytes())))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessageContaining("0 probes");
        ByteWriter empty = new ByteWriter(16).putInt(7).putInt(0);
        assertThatThrownBy(() -> BloomFilter.decode(new ByteReader(empty.toBytes())))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessageContaining("empty");
        ByteWriter huge = new ByteWriter(16).putInt(7).putInt(Integer.MAX_VALUE);
        assertThatThrownBy(() -> BloomFilter.decode(new ByteReader(huge.toBytes())))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessageContaining("exceeds");
    }
}
