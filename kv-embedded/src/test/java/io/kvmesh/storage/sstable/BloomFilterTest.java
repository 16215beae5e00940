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

    /** The share of so many absent keys that a filter for so many keys lets pass. */
    private static double falsePositives(int keys, int bitsPerKey, int probes) {
        BloomFilter.Builder building = new BloomFilter.Builder(bitsPerKey);
        for (int i = 0; i < keys; i++) {
            building.add(BloomFilter.hash(key("user:", i)));
        }
        ByteWriter bytes = new ByteWriter(16);
        building.build().encode(bytes);
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
        return (double) falsePositives / probes;
    }

    /** Of a filter in which each bit may be any bit. */
    private static double theory(int bitsPerKey) {
        int probes = BloomFilter.probesFor(bitsPerKey);
        return Math.pow(1 - Math.exp(-(double) probes / bitsPerKey), probes);
    }

    /** Of a filter in which all bits of a key lie in one group: its keys are as many as chance gives it. */
    private static double theoryOfGroups(int bitsPerKey) {
        int groupBits = BloomFilter.GROUP_WORDS * Long.SIZE;
        int probes = BloomFilter.probesFor(bitsPerKey);
        double keys = (double) groupBits / bitsPerKey;
        double chance = Math.exp(-keys);
        double passing = 0;
        for (int i = 1; i < 4 * keys + 50; i++) {
            chance *= keys / i;
            passing += chance * Math.pow(1 - Math.pow(1 - 1.0 / groupBits, probes * i), probes);
        }
        return passing;
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6, 8, 10, 14})
    void everyKeyIsFoundAndFalsePositivesAreNearTheory(int bitsPerKey) {
        double measured = falsePositives(100_000, bitsPerKey, bitsPerKey > 10 ? 3_000_000 : 1_000_000);
        assertThat(measured / theoryOfGroups(bitsPerKey)).isBetween(0.95, 1.05);
        if (bitsPerKey <= 10) {
            assertThat(measured / theory(bitsPerKey)).isBetween(0.9, 1.1);
        }
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
                .hasMessageContaining("of 0 words");
        ByteWriter huge = new ByteWriter(16).putInt(7).putInt(Integer.MAX_VALUE);
        assertThatThrownBy(() -> BloomFilter.decode(new ByteReader(huge.toBytes())))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessageContaining("exceeds");
    }
}
