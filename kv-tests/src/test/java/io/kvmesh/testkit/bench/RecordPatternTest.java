package io.kvmesh.testkit.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Confined to one thread. */
class RecordPatternTest {
    @Test
    void aWholeValueHasNoFaultAndTellsWhoMadeIt() {
        for (int size : new int[] {RecordPattern.BYTES_MIN, 33, 100, 1024}) {
            byte[] value = RecordPattern.make(size, 17, 4, 99);
            assertThat(RecordPattern.fault(value, 17)).isNull();
            assertThat(RecordPattern.writer(value)).isEqualTo(4);
            assertThat(RecordPattern.sequence(value)).isEqualTo(99);
        }
    }

    @Test
    void everyChangedBitIsAFault() {
        byte[] value = RecordPattern.make(45, 17, 4, 99);
        for (int bit = 0; bit < value.length * 8; bit++) {
            value[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(RecordPattern.fault(value, 17)).as("bit " + bit).isNotNull();
            value[bit / 8] ^= (byte) (1 << bit % 8);
        }
    }

    @Test
    void valuesOfOtherRecordsAndCutValuesAreFaults() {
        byte[] value = RecordPattern.make(64, 17, 4, 99);
        assertThat(RecordPattern.fault(value, 18)).contains("record 18 has the value of record 17");
        assertThat(RecordPattern.fault(java.util.Arrays.copyOf(value, 40), 17)).contains("40 bytes of 64");
        assertThat(RecordPattern.fault(new byte[3], 17)).contains("3 bytes");
    }
}
