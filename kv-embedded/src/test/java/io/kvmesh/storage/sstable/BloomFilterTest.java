package io.kvmesh.storage.sstable;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.Key;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class BloomFilterTest {
    private static Key key(String prefix, int number) {
        return Key.of(number % 1024, (prefix + number).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void everyKeyIsFoundAndFalsePositivesAreNearTheory() {
        int keys = 100_000;
        BloomFilter written = BloomFilter.forKeys(keys);
        for (int i = 0; i < keys; i++) {
            written.add(BloomFilter.hash(key("user:", i)));
        }
        ByteWriter bytes = new ByteWriter(16);
        written.encode(bytes);
        BloomFilter filter = BloomFilter.decode(new ByteReader(bytes.toBytes()));
        for (int i = 0; i < keys; i++) {
            assertThat(filter.mightContain(BloomFilter.hash(key("user:", i)))).isTrue();
        }
        int probes = 500_000;
        int falsePositives = 0;
        for (int i = 0; i < probes; i++) {
            if (filter.mightContain(BloomFilter.hash(key("absent:", i)))) {
                falsePositives++;
            }
        }
        double theory = Math.pow(1 - Math.exp(-(double) BloomFilter.PROBES / BloomFilter.BITS_PER_KEY), 7);
        assertThat((double) falsePositives / probes).isBetween(0.9 * theory, 1.1 * theory);
    }
}
