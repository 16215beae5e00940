package io.kvmesh.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class CellTest {
    private static final Version OLD = new Version(10, new NodeId(9));
    private static final Version NEW = new Version(11, new NodeId(1));

    private static final List<Cell> CELLS = List.of(
            Cell.of(new byte[] {1}, OLD),
            Cell.of(new byte[] {(byte) 0x80}, OLD),
            Cell.tombstone(OLD),
            Cell.of(new byte[] {1}, new Version(10, new NodeId(-1))),
            Cell.of(new byte[] {1}, NEW),
            Cell.of(new byte[] {1, 0}, NEW),
            Cell.tombstone(NEW));

    /** The list above is in the order in which one wins over the other, so every pair tells. */
    @Test
    void theNewerWinsThenTheTombstoneThenTheGreaterValue() {
        for (int i = 0; i < CELLS.size(); i++) {
            for (int j = 0; j < CELLS.size(); j++) {
                Cell winner = CELLS.get(Math.max(i, j));
                assertThat(Cell.newest(CELLS.get(i), CELLS.get(j))).isEqualTo(winner);
            }
        }
    }

    @Test
    void versionsAreOrderedByTimeThenByMemberUnsigned() {
        assertThat(NEW.isNewerThan(OLD)).isTrue();
        assertThat(OLD.isNewerThan(NEW)).isFalse();
        assertThat(OLD.isNewerThan(OLD)).isFalse();
        assertThat(new Version(10, new NodeId(-1)).isNewerThan(OLD)).isTrue();
    }

    @Test
    void aValueIsLiveUntilItExpiresAndATombstoneNever() {
        Cell expiring = Cell.expiring(new byte[0], OLD, 100);
        assertThat(expiring.isLive(99)).isTrue();
        assertThat(expiring.isLive(100)).isFalse();
        assertThat(Cell.of(new byte[0], OLD).isLive(Long.MAX_VALUE)).isTrue();
        assertThat(Cell.tombstone(OLD).isLive(0)).isFalse();
        assertThat(Cell.tombstone(OLD).expiryMicros()).isEqualTo(Cell.NEVER);
    }

    @Test
    void equalityLooksAtValueVersionAndExpiry() {
        Cell cell = Cell.of(new byte[] {1}, OLD);
        assertThat(cell).isEqualTo(Cell.of(new byte[] {1}, OLD)).hasSameHashCodeAs(Cell.of(new byte[] {1}, OLD));
        assertThat(cell).isNotEqualTo(Cell.of(new byte[] {2}, OLD));
        assertThat(cell).isNotEqualTo(Cell.of(new byte[] {1}, NEW));
        assertThat(cell).isNotEqualTo(Cell.expiring(new byte[] {1}, OLD, 5));
        assertThat(Cell.tombstone(OLD)).isNotEqualTo(Cell.of(new byte[0], OLD));
    }

    @Test
    void aTombstoneHasNoValueAndAnExpiryIsNotNegative() {
        assertThatThrownBy(() -> Cell.tombstone(OLD).value()).hasMessageContaining("a tombstone has no value");
        assertThatThrownBy(() -> Cell.expiring(new byte[0], OLD, -1)).hasMessageContaining("not negative");
    }
}
