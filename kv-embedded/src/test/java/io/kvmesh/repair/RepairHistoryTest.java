package io.kvmesh.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.sqlite.SqliteNodeStore;
import io.kvmesh.model.MapId;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is remembered of repairs, over restarts. */
class RepairHistoryTest {
    private static final int PARTITIONS = 1_024;
    private static final long GC_GRACE_MICROS = 100;
    private static final MapId MAP = RepairMesh.CITIES.id();

    @TempDir
    private Path directory;

    private static RepairHistory history(Consumer<Consumer<NodeStore>> storeAccess) {
        return new RepairHistory(PARTITIONS, GC_GRACE_MICROS, storeAccess);
    }

    @Test
    void whatWasMarkedIsThereAfterARestart() {
        try (NodeStore store = SqliteNodeStore.open(directory)) {
            RepairHistory before = history(action -> action.accept(store));
            before.mark(MAP, 0, 1_000);
            before.mark(MAP, 255, 2_000);
            before.mark(MAP, 1_023, 3_000);
            before.mark(MAP, 1_023, 2_500);
        }
        try (NodeStore store = SqliteNodeStore.open(directory)) {
            RepairHistory after = history(action -> action.accept(store));
            assertThat(after.lastBeginMicros(MAP, 0)).isEqualTo(RepairHistory.NEVER);
            after.load(store, List.of(RepairMesh.CITIES));
            assertThat(after.lastBeginMicros(MAP, 0)).isEqualTo(1_000);
            assertThat(after.lastBeginMicros(MAP, 255)).isEqualTo(2_000);
            assertThat(after.lastBeginMicros(MAP, 1_023)).isEqualTo(3_000);
            assertThat(after.lastBeginMicros(MAP, 256)).isEqualTo(RepairHistory.NEVER);
            assertThat(after.repairedUntilMicros(MAP, 255)).isEqualTo(2_000 - GC_GRACE_MICROS);
            assertThat(after.repairedUntilMicros(MAP, 256)).isEqualTo(Long.MIN_VALUE);
            after.forget(200, 300);
        }
        try (NodeStore store = SqliteNodeStore.open(directory)) {
            RepairHistory last = history(action -> action.accept(store));
            last.load(store, List.of(RepairMesh.CITIES));
            assertThat(last.lastBeginMicros(MAP, 255)).isEqualTo(RepairHistory.NEVER);
            assertThat(last.lastBeginMicros(MAP, 0)).isEqualTo(1_000);
        }
    }

    @Test
    void whatCannotBeReadCountsAsNeverRepaired() {
        try (NodeStore store = SqliteNodeStore.open(directory)) {
            store.saveRecord("repair." + MAP + ".0", new byte[] {9});
            store.saveRecord("repair." + MAP + ".1", new byte[] {1, 0});
            RepairHistory history = history(action -> {});
            history.load(store, List.of(RepairMesh.CITIES));
            assertThat(history.lastBeginMicros(MAP, 0)).isEqualTo(RepairHistory.NEVER);
            assertThat(history.lastBeginMicros(MAP, 256)).isEqualTo(RepairHistory.NEVER);
        }
    }

    @Test
    void whatCannotBeSavedIsSavedWithTheNextMark() {
        List<Consumer<NodeStore>> refused = new ArrayList<>();
        RepairHistory history = history(refused::add);
        NodeStore closed = SqliteNodeStore.open(directory);
        closed.close();
        history.mark(MAP, 5, 1_000);
        refused.get(0).accept(closed);
        try (NodeStore store = SqliteNodeStore.open(directory)) {
            assertThat(store.record("repair." + MAP + ".0")).isEmpty();
            history.mark(MAP, 600, 1_000);
            refused.get(1).accept(store);
            assertThat(store.record("repair." + MAP + ".0")).isPresent();
            assertThat(store.record("repair." + MAP + ".2")).isPresent();
        }
    }
}
