package io.kvmesh.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.runtime.RandomSource;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class KeyTest {

    @Test
    void holdsPartitionAndUserKey() {
        byte[] user = {1, (byte) 0xFF};
        Key key = Key.of(0xFFFE, user);

        assertThat(key.partition()).isEqualTo(0xFFFE);
        assertThat(key.userKey()).isEqualTo(user);
        assertThat(key.bytes()).isEqualTo(new byte[] {(byte) 0xFF, (byte) 0xFE, 1, (byte) 0xFF});
        assertThat(key.length()).isEqualTo(4);
        assertThat(key).hasToString("fffe:01ff");
        assertThat(Key.ofStorageBytes(key.bytes())).isEqualTo(key).hasSameHashCodeAs(key);
    }

    @Test
    void anEmptyUserKeyIsAKey() {
        assertThat(Key.of(3, new byte[0]).userKey()).isEmpty();
    }

    @Test
    void isOrderedByPartitionThenByUserKeyUnsigned() {
        RandomSource random = RandomSource.seeded(2);
        for (int i = 0; i < 5_000; i++) {
            byte[] first = bytes(random);
            byte[] second = bytes(random);
            int firstPartition = random.nextInt(4) * 0x4000;
            int secondPartition = random.nextInt(4) * 0x4000;
            int byPartition = Integer.compare(firstPartition, secondPartition);
            int expected = byPartition != 0 ? byPartition : Arrays.compareUnsigned(first, second);

            int order = Key.of(firstPartition, first).compareTo(Key.of(secondPartition, second));

            assertThat(Integer.signum(order)).isEqualTo(Integer.signum(expected));
            assertThat(Key.of(firstPartition, first).equals(Key.of(secondPartition, second)))
                    .isEqualTo(expected == 0);
        }
    }

    @Test
    void whatCannotBeAKeyIsRefused() {
        assertThatThrownBy(() -> Key.of(65_536, new byte[1])).hasMessageContaining("a partition fits two bytes");
        assertThatThrownBy(() -> Key.of(-1, new byte[1])).hasMessageContaining("a partition fits two bytes");
        assertThatThrownBy(() -> Key.ofStorageBytes(new byte[1])).hasMessageContaining("at least two bytes");
    }

    private static byte[] bytes(RandomSource random) {
        byte[] bytes = new byte[random.nextInt(4)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (random.nextInt(4) * 0x55);
        }
        return bytes;
    }
}
