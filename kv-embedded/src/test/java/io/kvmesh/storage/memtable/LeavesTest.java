package io.kvmesh.storage.memtable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** How a reader of a leaf learns whether what it read is good. */
class LeavesTest {
    private final Arena arena = new Arena(Memtable.newPool(0));
    private final KeyNodes nodes = new KeyNodes(arena);
    private final Leaves leaves = new Leaves(arena, nodes);
    private final int leaf = leaves.add(1, new byte[] {5});

    private int addKey(int last) {
        int node = nodes.add(new byte[] {5, (byte) last}, last, 0);
        leaves.append(leaf, node, last);
        return node;
    }

    private void keep(int count) {
        LeafCopy sorted = new LeafCopy(leaves, nodes);
        sorted.load(leaf);
        leaves.keep(leaf, sorted, count);
    }

    @Test
    void anEntryThatIsAddedSpoilsNoRead() {
        addKey(1);
        int state = leaves.state(leaf);
        for (int i = 2; i <= Leaves.ENTRIES_MAX; i++) {
            addKey(i);
            assertThat(leaves.isUndivided(leaf, state)).isTrue();
        }
        assertThat(Leaves.count(leaves.state(leaf))).isEqualTo(Leaves.ENTRIES_MAX);
    }

    @Test
    void eachDivisionSpoilsTheReadsBefore() {
        for (int division = 0; division < 5; division++) {
            addKey(2);
            addKey(1);
            int state = leaves.state(leaf);
            keep(1);
            assertThat(leaves.isUndivided(leaf, state)).isFalse();
            assertThat(leaves.isUndivided(leaf, leaves.state(leaf))).isTrue();
            keep(0);
        }
    }

    @Test
    void aKeyThatIsTooLongIsRefused() {
        byte[] key = new byte[KeyNodes.KEY_BYTES_MAX + 1];
        assertThatThrownBy(() -> nodes.add(key, 0, 0))
                .hasMessageContaining("a key has 16777216 bytes, more than 16777215");
    }

    @Test
    void aReadWithinADivisionIsSpoiled() {
        addKey(1);
        int whileDividing = leaves.state(leaf) + 2 * Leaves.ENTRIES_MAX;
        Words.publishInt(arena.chunk(leaf), Arena.offset(leaf), whileDividing);
        assertThat(leaves.isUndivided(leaf, whileDividing)).isFalse();
    }

    @Test
    void aDivisionKeepsTheFirstKeysWithTheirFingerprints() {
        int third = addKey(3);
        int first = addKey(1);
        int second = addKey(2);
        keep(2);
        assertThat(Leaves.count(leaves.state(leaf))).isEqualTo(2);
        assertThat(leaves.find(leaf, 2, new byte[] {5, 1}, 1)).isEqualTo(first);
        assertThat(leaves.find(leaf, 2, new byte[] {5, 2}, 2)).isEqualTo(second);
        assertThat(leaves.find(leaf, 2, new byte[] {5, 3}, 3)).isEqualTo(Leaves.NONE);
        assertThat(nodes.fingerprint(third)).isEqualTo(3);
    }
}
