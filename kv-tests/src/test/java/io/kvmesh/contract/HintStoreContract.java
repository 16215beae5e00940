package io.kvmesh.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.kvmesh.metadata.Hint;
import io.kvmesh.metadata.HintStore;
import io.kvmesh.metadata.HintStore.Kept;
import io.kvmesh.metadata.HintStore.Removed;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every hint store must do. Subclasses name the one to test. */
abstract class HintStoreContract {
    private static final NodeId ONE = new NodeId(1);
    private static final NodeId TWO = new NodeId(2);
    /** As an unsigned number larger than all others. */
    private static final NodeId LAST = new NodeId(-1);

    private static final MapId MAP = MapId.ofName("m");

    private final List<HintStore> opened = new ArrayList<>();

    /** Opens the store in one directory, always the same within a test. */
    abstract HintStore open();

    private HintStore store() {
        return opened.get(opened.size() - 1);
    }

    @BeforeEach
    void openFirst() {
        opened.add(open());
    }

    @AfterEach
    void closeLast() {
        store().close();
    }

    @Test
    void aNewStoreIsEmpty() {
        assertThat(store().kept()).isEmpty();
        assertThat(all(ONE)).isEmpty();
        reopen();
        assertThat(store().kept()).isEmpty();
    }

    @Test
    void hintsComeBackInTheOrderInWhichTheyWereAddedWithAscendingIdentities() {
        store().add(List.of(hint(ONE, 3), hint(TWO, 9), hint(ONE, 1)));
        store().add(List.of(hint(ONE, 2)));
        assertThat(store().page(ONE, Hint.NO_ID, 10, 1_000_000))
                .isSortedAccordingTo((a, b) -> Long.compare(a.id(), b.id()))
                .allMatch(hint -> hint.id() > Hint.NO_ID);
        reopen();
        assertThat(all(ONE)).containsExactly(hint(ONE, 3), hint(ONE, 1), hint(ONE, 2));
        assertThat(all(TWO)).containsExactly(hint(TWO, 9));
    }

    @Test
    void everyKindOfCellSurvives() {
        Version version = new Version(-5, LAST);
        List<Hint> hints = List.of(
                Hint.of(LAST, MAP, Key.of(65_535, new byte[0]), Cell.tombstone(version), 1),
                Hint.of(LAST, new MapId(-1), Key.of(0, new byte[] {0, -1}), Cell.of(new byte[0], version), 2),
                Hint.of(LAST, MAP, Key.of(1, new byte[300]), Cell.expiring(new byte[70_000], version, 77), 3));
        store().add(hints);
        reopen();
        assertThat(all(LAST)).isEqualTo(hints);
    }

    @Test
    void aPageIsBoundedInNumberAndBytesAndHasAtLeastOneHint() {
        List<Hint> hints = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            hints.add(hint(ONE, i));
        }
        store().add(hints);
        List<Hint> first = store().page(ONE, Hint.NO_ID, 5, 1_000_000);
        assertThat(first).hasSize(5);
        List<Hint> second = store().page(ONE, first.get(4).id(), 100, 1_000_000);
        assertThat(second).hasSize(15);
        assertThat(second.get(0).createdMicros()).isEqualTo(5);
        assertThat(store().page(ONE, Hint.NO_ID, 100, 1)).hasSize(1);
        assertThat(store().page(ONE, Hint.NO_ID, 100, 3 * hints.get(0).bytes())).hasSize(3);
        assertThat(store().page(ONE, second.get(14).id(), 5, 1_000_000)).isEmpty();
    }

    @Test
    void removedHintsAreGoneAndTheirIdentitiesAreNotGivenAgain() {
        store().add(List.of(hint(ONE, 1), hint(ONE, 2), hint(TWO, 3)));
        List<Hint> kept = store().page(ONE, Hint.NO_ID, 10, 1_000_000);
        List<Hint> others = store().page(TWO, Hint.NO_ID, 10, 1_000_000);
        store().remove(others);
        store().remove(kept.subList(1, 2));
        store().remove(kept.subList(1, 2));
        reopen();
        assertThat(all(ONE)).containsExactly(hint(ONE, 1));
        assertThat(all(TWO)).isEmpty();
        store().add(List.of(hint(TWO, 4)));
        assertThat(store().page(TWO, Hint.NO_ID, 10, 1_000_000).get(0).id())
                .isGreaterThan(others.get(0).id());
    }

    @Test
    void itCountsWhatIsKeptForEachTarget() {
        store().add(List.of(hint(LAST, 7), hint(ONE, 5), hint(ONE, 4), hint(ONE, 6)));
        long bytes = hint(ONE, 5).bytes();
        assertThat(store().kept()).hasSize(2).containsEntry(ONE, new Kept(3, 3 * bytes, 5));
        assertThat(store().kept().lastKey()).isEqualTo(LAST);
        store().remove(store().page(ONE, Hint.NO_ID, 1, 1));
        reopen();
        assertThat(store().kept()).containsEntry(ONE, new Kept(2, 2 * bytes, 4));
    }

    @Test
    void whatIsOlderThanAnotherHintForTheSameTargetAndKeyIsRemoved() {
        Hint old = ofKey(ONE, 1, 10);
        assertThat(store().add(List.of(old, ofKey(TWO, 1, 10), ofKey(ONE, 2, 10))))
                .isEmpty();
        assertThat(store().add(List.of(ofKey(ONE, 1, 12), ofKey(ONE, 1, 11))))
                .as("by versions, not in the order of their coming")
                .containsOnly(entry(ONE, new Removed(1, old.bytes())));
        assertThat(store().add(List.of(ofKey(ONE, 1, 13), ofKey(ONE, 1, 13))))
                .containsOnly(entry(ONE, new Removed(3, 3 * old.bytes())));
        reopen();
        assertThat(all(ONE)).containsExactly(ofKey(ONE, 2, 10), ofKey(ONE, 1, 13));
        assertThat(all(TWO)).containsExactly(ofKey(TWO, 1, 10));
    }

    @Test
    void hintsForTheSameKeyOfOtherMapsStay() {
        Hint other = new Hint(Hint.NO_ID, ONE, new MapId(3), ofKey(ONE, 1, 10).key(), cell(9), 9);
        store().add(List.of(other));
        assertThat(store().add(List.of(ofKey(ONE, 1, 10)))).isEmpty();
        assertThat(all(ONE)).hasSize(2);
    }

    @Test
    void itTellsWhatWasRemoved() {
        store().add(List.of(hint(ONE, 1), hint(ONE, 2)));
        List<Hint> kept = store().page(ONE, Hint.NO_ID, 10, 1_000_000);
        assertThat(store().remove(kept.subList(0, 1)))
                .isEqualTo(new Removed(1, hint(ONE, 1).bytes()));
        assertThat(store().remove(kept)).isEqualTo(new Removed(1, hint(ONE, 2).bytes()));
        assertThat(store().remove(kept)).isEqualTo(Removed.NOTHING);
    }

    @Test
    void closingTwiceDoesNoHarm() {
        store().close();
        store().close();
    }

    private void reopen() {
        store().close();
        opened.add(open());
    }

    /** All hints for a target, as they were before they had identities. */
    private List<Hint> all(NodeId target) {
        return store().page(target, Hint.NO_ID, 1_000, 1L << 30).stream()
                .map(hint -> hint.withId(Hint.NO_ID))
                .toList();
    }

    private static Cell cell(long stampMicros) {
        return Cell.of(new byte[] {(byte) stampMicros}, new Version(stampMicros, TWO));
    }

    private static Hint ofKey(NodeId target, int key, long stampMicros) {
        return Hint.of(target, MAP, Key.of(7, new byte[] {(byte) key}), cell(stampMicros), stampMicros);
    }

    private static Hint hint(NodeId target, long createdMicros) {
        return Hint.of(
                target, MAP, Key.of(7, new byte[] {1, 2, (byte) createdMicros}), cell(createdMicros), createdMicros);
    }
}
