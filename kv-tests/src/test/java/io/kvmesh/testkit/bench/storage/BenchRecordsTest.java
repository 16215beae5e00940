package io.kvmesh.testkit.bench.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.zip.Deflater;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Confined to one thread. */
class BenchRecordsTest {
    @Test
    void keysAscendWithTheRecordsAndAMissingKeyLiesBetweenTwo() {
        assertThat(BenchRecords.key(255)).hasSize(BenchRecords.KEY_BYTES);
        assertThat(Arrays.compareUnsigned(BenchRecords.key(255), BenchRecords.missingKey(255)))
                .isNegative();
        assertThat(Arrays.compareUnsigned(BenchRecords.missingKey(255), BenchRecords.key(256)))
                .isNegative();
        assertThat(BenchRecords.keyFault(BenchRecords.key(7), 0, 16, 7)).isNull();
        assertThat(BenchRecords.keyFault(BenchRecords.missingKey(7), 0, 16, 7)).isNotNull();
        assertThat(BenchRecords.keyFault(BenchRecords.key(8), 0, 16, 7)).isNotNull();
        assertThat(BenchRecords.keyFault(BenchRecords.key(7), 0, 15, 7)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {32, 33, 100, 1024})
    void anyChangedByteIsNoticed(int size) {
        byte[] value = BenchRecords.value(size, 42, 3);
        assertThat(BenchRecords.fault(value, size, 42, 3)).isNull();
        for (int at = 0; at < size; at++) {
            byte[] changed = value.clone();
            changed[at] ^= 0x10;
            assertThat(BenchRecords.fault(changed, size, 42, 3))
                    .as("byte %d", at)
                    .isNotNull();
        }
    }

    @Test
    void aMissingAShortAForeignAndAnOldValueAreWrong() {
        byte[] value = BenchRecords.value(100, 42, 3);
        assertThat(BenchRecords.fault(null, 100, 42, 0)).isEqualTo("record 42 is missing");
        assertThat(BenchRecords.fault(value, 101, 42, 0))
                .isEqualTo("record 42 has a value of 100 bytes instead of 101");
        assertThat(BenchRecords.fault(value, 100, 43, 0)).isEqualTo("record 43 has the value of record 42");
        assertThat(BenchRecords.fault(value, 100, 42, 4))
                .isEqualTo("record 42 was read with version 3 after 4 was acknowledged");
    }

    @Test
    void halfOfTheBytesCanBeCompressed() {
        int size = 100;
        int count = 100;
        byte[] all = new byte[size * count];
        for (int i = 0; i < count; i++) {
            System.arraycopy(BenchRecords.value(size, i, 1), 0, all, i * size, size);
        }
        Deflater deflater = new Deflater();
        deflater.setInput(all);
        deflater.finish();
        int compressed = deflater.deflate(new byte[2 * all.length]);
        deflater.end();
        assertThat(compressed).isBetween(all.length * 40 / 100, all.length * 60 / 100);
    }
}
