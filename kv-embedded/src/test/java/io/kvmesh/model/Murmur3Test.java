package io.kvmesh.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.runtime.RandomSource;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Murmur3Test {

    /** Vectors that other implementations of MurmurHash3_x64_128 publish, seed 0. */
    @ParameterizedTest
    @CsvSource({
        "'', 0000000000000000, 0000000000000000",
        "hello, cbd8a7b341bd9b02, 5b1e906a48ae1d19",
        "'hello, world', 342fac623a5ebc8e, 4cdcbc079642414d",
        "19 Jan 2038 at 3:14:07 AM, b89e5988b737affc, 664fc2950231b2cb",
        "The quick brown fox jumps over the lazy dog., cd99481f9ee902c9, 695da1a38987b6e7",
        "The quick brown fox jumps over the lazy dog, e34bbc7bbc071b6c, 7a433ca9c49a9347"
    })
    void knownVectors(String text, String high, String low) {
        Hash128 hash = Murmur3.hash128(text.getBytes(StandardCharsets.UTF_8));

        assertThat(hash).isEqualTo(new Hash128(Long.parseUnsignedLong(high, 16), Long.parseUnsignedLong(low, 16)));
    }

    @Test
    void aPartOfAnArrayHashesAsACopyOfIt() {
        RandomSource random = RandomSource.seeded(1);
        byte[] bytes = new byte[200];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) random.nextInt(256);
        }
        for (int length = 0; length <= 100; length++) {
            int offset = random.nextInt(100);
            byte[] copy = Arrays.copyOfRange(bytes, offset, offset + length);
            assertThat(Murmur3.hash128(bytes, offset, length)).isEqualTo(Murmur3.hash128(copy));
        }
    }
}
