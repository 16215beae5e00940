package io.kvmesh.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.model.Murmur3;
import io.kvmesh.runtime.RandomSource;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PartitionerTest {

    /** A key's hash lies between the start of its partition and the start of the next one. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 256, 1024, 65_536})
    void aKeyLiesBetweenTheStartOfItsPartitionAndTheNext(int partitions) {
        Partitioner partitioner = new Partitioner(partitions);
        RandomSource random = RandomSource.seeded(partitions);
        for (int i = 0; i < 2_000; i++) {
            byte[] key = ("key" + random.nextLong()).getBytes(StandardCharsets.UTF_8);
            int partition = partitioner.partitionOf(key);
            var hash = Murmur3.hash128(key);
            Token position = new Token(hash.high(), hash.low());

            assertThat(partition).isBetween(0, partitions - 1);
            assertThat(position).isGreaterThanOrEqualTo(partitioner.startOf(partition));
            if (partition + 1 < partitions) {
                assertThat(position).isLessThan(partitioner.startOf(partition + 1));
            }
            assertThat(partitioner.key(key).partition()).isEqualTo(partition);
            assertThat(partitioner.key(key).userKey()).isEqualTo(key);
        }
    }

    @Test
    void keysSpreadEvenly() {
        Partitioner partitioner = new Partitioner(256);
        int[] counts = new int[256];
        for (int i = 0; i < 256_000; i++) {
            counts[partitioner.partitionOf(("place/" + i).getBytes(StandardCharsets.UTF_8))]++;
        }
        for (int count : counts) {
            assertThat(count).isBetween(850, 1150);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 3, 1000, 131_072})
    void onlyPowersOfTwoUpToTheLimitAreTaken(int partitions) {
        assertThatThrownBy(() -> new Partitioner(partitions)).hasMessageContaining("power of two up to 65,536");
    }

    @Test
    void aPartitionThatIsNotThereHasNoStart() {
        Partitioner partitioner = new Partitioner(4);
        assertThatThrownBy(() -> partitioner.startOf(4)).hasMessageContaining("partition out of range");
        assertThatThrownBy(() -> partitioner.startOf(-1)).hasMessageContaining("partition out of range");
    }
}
