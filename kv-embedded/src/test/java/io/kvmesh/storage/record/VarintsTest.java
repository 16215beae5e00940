package io.kvmesh.storage.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.runtime.RandomSource;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class VarintsTest {
    private static final int NUMBERS = 2_000;

    /** Of every length, and at both ends of what a length can hold. */
    private static long number(RandomSource random) {
        long bound = 1L << random.nextInt(Long.SIZE);
        return switch (random.nextInt(3)) {
            case 0 -> bound;
            case 1 -> bound - 1;
            default -> random.nextLong() & (bound - 1);
        };
    }

    @Test
    void numbersAreReadBackWhereverTheyStand() {
        RandomSource random = RandomSource.seeded(1);
        for (int i = 0; i < NUMBERS; i++) {
            long number = number(random);
            byte[] bytes = new byte[random.nextInt(4) + Varints.BYTES_MAX + random.nextInt(12)];
            Arrays.fill(bytes, (byte) random.nextInt(256));
            int size = Varints.sizeBytes(number);
            int at = random.nextInt(bytes.length - size + 1);
            int end = Varints.put(bytes, at, number);
            assertThat(end).isEqualTo(at + size);
            assertThat(Varints.get(bytes, at, end)).isEqualTo(number);
            assertThat(Varints.get(bytes, at, bytes.length)).isEqualTo(number);
            assertThat(Varints.skip(bytes, at, end)).isEqualTo(end);
            assertThatThrownBy(() -> Varints.get(bytes, at, end - 1)).isInstanceOf(MalformedBytesException.class);
            assertThatThrownBy(() -> Varints.skip(bytes, at, end - 1)).isInstanceOf(MalformedBytesException.class);
        }
    }

    @Test
    void aNumberMayHaveMoreBytesThanItNeeds() {
        byte[] padded = {(byte) 0x85, (byte) 0x80, 0, 7, 7, 7, 7, 7, 7, 7};
        assertThat(Varints.get(padded, 0, padded.length)).isEqualTo(5);
        assertThat(Varints.skip(padded, 0, padded.length)).isEqualTo(3);
    }

    @Test
    void aNumberThatDoesNotEndIsRefused() {
        byte[] endless = new byte[20];
        Arrays.fill(endless, (byte) 0x80);
        assertThatThrownBy(() -> Varints.get(endless, 0, 20)).hasMessageContaining("does not end");
        assertThatThrownBy(() -> Varints.skip(endless, 0, 20)).hasMessageContaining("does not end");
    }
}
