package io.kvmesh.storage.compaction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.storage.compaction.CompactionPick.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CompactionPickerTest {
    private static final int PARTITIONS = 64;
    private static final long NOW = 1_000_000;
    private static final CompactionOptions TIERS = new CompactionOptions(4, 4, 100, 1_000, 0);

    private final List<TableFacts> tables = new ArrayList<>();
    private Set<Long> busy = Set.of();
    private Set<Long> inVain = Set.of();
    private PurgeLimits limits = PurgeLimits.NOTHING;

    @Test
    void threeTablesOfALevelStayAndFourAreMerged() {
        for (int i = 1; i <= 3; i++) {
            tables.add(table(i, 0, 63, 100));
        }
        assertThat(pick(TIERS)).isEmpty();
        tables.add(table(4, 0, 63, 100));
        assertThat(pick(TIERS)).contains(new CompactionPick(Reason.OVERLAP, List.of(1L, 2L, 3L, 4L)));
        busy = Set.of(2L);
        assertThat(pick(TIERS)).as("one is being merged").isEmpty();
    }

    @Test
    void tablesOfDifferentLevelsAreNotMerged() {
        tables.add(table(1, 0, 63, 100));
        tables.add(table(2, 0, 63, 400));
        tables.add(table(3, 0, 63, 1_600));
        tables.add(table(4, 0, 63, 6_400));
        CompactionPicker picker = new CompactionPicker(TIERS, PARTITIONS);
        assertThat(tables.stream().map(picker::levelOf)).containsExactly(0, 1, 2, 3);
        assertThat(pick(TIERS)).isEmpty();
    }

    @Test
    void aSmallTableOverFewPartitionsIsAsDenseAsALargeOneOverAll() {
        CompactionPicker picker = new CompactionPicker(TIERS, PARTITIONS);
        assertThat(picker.levelOf(table(1, 0, 63, 6_400))).isEqualTo(3);
        assertThat(picker.levelOf(table(2, 8, 8, 100))).isEqualTo(3);
    }

    @Test
    void onlyTheTablesThatOverlapAreMerged() {
        for (int i = 1; i <= 4; i++) {
            tables.add(table(i, 0, 15, 25));
        }
        tables.add(table(5, 16, 31, 25));
        assertThat(pick(TIERS)).contains(new CompactionPick(Reason.OVERLAP, List.of(1L, 2L, 3L, 4L)));
    }

    @Test
    void ofTooManyTablesThoseAreTakenThatLieOverOnePartition() {
        for (int i = 0; i < 40; i++) {
            tables.add(table(100 + i, i, i + 1, 2));
        }
        for (int i = 0; i < 4; i++) {
            tables.add(table(1 + i, 0, 63, 300));
        }
        CompactionPick pick = pick(TIERS).orElseThrow();
        assertThat(pick.tableIds()).hasSize(CompactionOptions.INPUTS_MAX).contains(1L, 2L, 3L, 4L);
    }

    @Test
    void outputsAreCutIntoAPowerOfTwoOfParts() {
        CompactionPicker picker = new CompactionPicker(TIERS, PARTITIONS);
        assertThat(picker.shards(List.of(table(1, 0, 63, 1_000)))).isEqualTo(1);
        assertThat(picker.shards(List.of(table(1, 0, 63, 1_001)))).isEqualTo(2);
        assertThat(picker.shards(List.of(table(1, 0, 63, 5_000), table(2, 0, 31, 500))))
                .isEqualTo(8);
        assertThat(picker.shards(List.of(table(1, 3, 3, 1_000_000)))).isEqualTo(PARTITIONS);
    }

    @Test
    void whatExpiredIsDroppedUnreadWhenItHidesNothingAndMayBeForgotten() {
        tables.add(new TableFacts(1, 0, 63, 100, 10, 0, 50, 60, NOW - 1));
        assertThat(pick(TIERS)).as("not known to all replicas").isEmpty();
        limits = (first, last) -> 60;
        assertThat(pick(TIERS))
                .as("the newest is too young, but older ones may go")
                .contains(new CompactionPick(Reason.DROPPABLE, List.of(1L)));
        inVain = Set.of(1L);
        limits = (first, last) -> 61;
        CompactionPick dropped = new CompactionPick(Reason.EXPIRED, List.of(1L));
        assertThat(pick(TIERS)).contains(dropped);
        TableFacts older = new TableFacts(2, 63, 63, 1, 1, 0, 60, 70, Long.MAX_VALUE);
        tables.add(older);
        assertThat(pick(TIERS)).as("an older value would come back").isEmpty();
        tables.remove(older);
        tables.add(new TableFacts(2, 63, 63, 1, 1, 0, 61, 70, Long.MAX_VALUE));
        assertThat(pick(TIERS)).contains(dropped);
    }

    @Test
    void whatHasNotExpiredIsNotDropped() {
        limits = (first, last) -> Long.MAX_VALUE;
        tables.add(new TableFacts(1, 0, 63, 100, 10, 0, 50, 60, NOW));
        assertThat(pick(TIERS)).isEmpty();
    }

    @Test
    void aTableFullOfTombstonesIsRewrittenAlone() {
        tables.add(new TableFacts(1, 0, 63, 100, 10, 2, 50, 60, Long.MAX_VALUE));
        assertThat(pick(TIERS)).as("not known to all replicas").isEmpty();
        limits = (first, last) -> 51;
        CompactionPick rewritten = new CompactionPick(Reason.DROPPABLE, List.of(1L));
        assertThat(pick(TIERS)).contains(rewritten);
        inVain = Set.of(1L);
        assertThat(pick(TIERS)).isEmpty();
        inVain = Set.of();
        tables.add(new TableFacts(2, 0, 63, 100, 10, 1, 10, 60, Long.MAX_VALUE));
        assertThat(pick(TIERS)).as("they hide what is older").isEmpty();
    }

    @Test
    void tablesOfDifferentWindowsAreNeverMergedAndAPassedWindowBecomesOneRun() {
        CompactionOptions windows = new CompactionOptions(4, 4, 100, 1_000, 100_000);
        for (int i = 1; i <= 4; i++) {
            tables.add(new TableFacts(i, 0, 63, 100, 10, 0, 1, NOW - i * 100_000L, Long.MAX_VALUE));
        }
        assertThat(pick(windows)).isEmpty();
        tables.add(new TableFacts(5, 0, 63, 100, 10, 0, 1, NOW - 200_000 + 1, Long.MAX_VALUE));
        assertThat(pick(windows)).contains(new CompactionPick(Reason.WINDOW, List.of(2L, 5L)));
        assertThat(pick(TIERS)).contains(new CompactionPick(Reason.OVERLAP, List.of(1L, 2L, 3L, 4L, 5L)));
    }

    @Test
    void aPresentWindowIsKeptInTiers() {
        CompactionOptions windows = new CompactionOptions(4, 4, 100, 1_000, 100_000);
        for (int i = 1; i <= 3; i++) {
            tables.add(new TableFacts(i, 0, 63, 100, 10, 0, 1, NOW + i, Long.MAX_VALUE));
        }
        assertThat(pick(windows)).isEmpty();
        tables.add(new TableFacts(4, 0, 63, 100, 10, 0, 1, NOW + 4, Long.MAX_VALUE));
        assertThat(pick(windows)).contains(new CompactionPick(Reason.OVERLAP, List.of(1L, 2L, 3L, 4L)));
    }

    @Test
    void optionsThatMakeNoSenseAreRefused() {
        assertThatThrownBy(() -> new CompactionOptions(1, 4, 1, 1, 0)).hasMessageContaining("fanout of 1");
        assertThatThrownBy(() -> new CompactionOptions(2, 1, 1, 1, 0)).hasMessageContaining("merging 1 ");
        assertThatThrownBy(() -> new CompactionOptions(2, 2, 0, 1, 0)).hasMessageContaining("positive");
        assertThatThrownBy(() -> new CompactionOptions(2, 2, 1, 1, -1)).hasMessageContaining("window");
    }

    private Optional<CompactionPick> pick(CompactionOptions options) {
        return new CompactionPicker(options, PARTITIONS)
                .pick(tables, id -> !busy.contains(id), id -> !inVain.contains(id), limits, NOW);
    }

    private static TableFacts table(long id, int first, int last, long bytes) {
        return new TableFacts(id, first, last, bytes, 10, 0, 1, 1, Long.MAX_VALUE);
    }
}
