package io.kvmesh.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.sqlite.SqliteNodeStore;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.RingEpoch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is remembered of the fetching of partitions, over restarts. */
class GainProgressTest {
    private static final int PARTITIONS = 64;
    private static final MapDescriptor MAP = RepairMesh.CITIES;
    private static final MapDescriptor OTHER = MapDescriptor.of("other", "string/1", "string/1");
    private static final RingEpoch CHANGE = new RingEpoch(7, 12);

    @TempDir
    private Path directory;

    private static GainProgress progress(RingEpoch epoch, Consumer<Consumer<NodeStore>> storeAccess) {
        return new GainProgress(epoch, PARTITIONS, storeAccess);
    }

    private GainProgress reloaded(RingEpoch epoch) {
        try (NodeStore store = SqliteNodeStore.open(directory)) {
            GainProgress progress = progress(epoch, action -> action.accept(store));
            List<String> told = new ArrayList<>();
            progress.load(List.of(MAP, OTHER), () -> told.add("loaded"));
            assertThat(told).containsExactly("loaded");
            return progress;
        }
    }

    private static BitSet range(int first, int last) {
        BitSet range = new BitSet();
        range.set(first, last + 1);
        return range;
    }

    @Test
    void whatWasSavedCountsForThatChangeOnly() {
        try (NodeStore store = SqliteNodeStore.open(directory)) {
            GainProgress before = progress(CHANGE, action -> action.accept(store));
            before.fetched(MAP.id(), 3, 9);
            before.save();
            assertThat(before.isSaved()).isTrue();
            before.fetched(MAP.id(), 63, 63);
            before.fetched(OTHER.id(), 0, 1);
            before.save();
            before.fetched(MAP.id(), 20, 21);
            assertThat(before.isSaved()).isFalse();
        }
        BitSet saved = range(3, 9);
        saved.set(63);
        assertThat(reloaded(CHANGE).of(MAP.id())).isEqualTo(saved);
        assertThat(reloaded(CHANGE).of(OTHER.id())).isEqualTo(range(0, 1));
        assertThat(reloaded(new RingEpoch(7, 14)).of(MAP.id())).isEqualTo(new BitSet());
        assertThat(reloaded(new RingEpoch(8, 12)).of(MAP.id())).isEqualTo(new BitSet());
    }

    @Test
    void whatCannotBeReadIsFetchedAgain() {
        List<byte[]> records = List.of(
                new byte[] {9},
                new byte[] {1, 0, 0},
                // Partition 64 of 64.
                new byte[] {1, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 12, 0, 0, 0, 9, 1, 0, 0, 0, 0, 0, 0, 0, 1});
        for (byte[] record : records) {
            try (NodeStore store = SqliteNodeStore.open(directory)) {
                store.saveRecord("gained." + MAP.id(), record);
            }
            assertThat(reloaded(CHANGE).of(MAP.id())).isEqualTo(new BitSet());
        }
    }

    @Test
    void whatCannotBeSavedIsSavedTheNextTime() {
        List<Consumer<NodeStore>> actions = new ArrayList<>();
        GainProgress progress = progress(CHANGE, actions::add);
        progress.fetched(MAP.id(), 1, 1);
        progress.save();
        NodeStore closed = SqliteNodeStore.open(directory);
        closed.close();
        actions.get(0).accept(closed);
        assertThat(progress.isSaved()).isFalse();
        progress.save();
        try (NodeStore store = SqliteNodeStore.open(directory)) {
            actions.get(1).accept(store);
        }
        assertThat(reloaded(CHANGE).of(MAP.id())).isEqualTo(range(1, 1));
    }
}
