package io.kvmesh.hint;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HintLimitsTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
    void everyLimitIsAtLeastOne(int wrong) {
        long[] values = {1, 1, 1, 1, 1, 1, 1, 1};
        values[wrong] = 0;
        assertThatThrownBy(() -> limits(values))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("must be at least 1");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 9})
    void allTargetsTogetherMayHaveAsMuchAsOne(long bytesMax) {
        assertThatThrownBy(() -> limits(1, 10, bytesMax, 1, 1, 1, 1, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bytesMax not below bytesPerTargetMax");
    }

    private static HintLimits limits(long... values) {
        return new HintLimits(
                values[0], values[1], values[2], (int) values[3], values[4], (int) values[5], values[6], (int)
                        values[7]);
    }
}
