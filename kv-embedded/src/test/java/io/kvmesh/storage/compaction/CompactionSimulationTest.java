package io.kvmesh.storage.compaction;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.runtime.RandomSource;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Lets the picker work on tables that are sets of keys without bytes, and counts what its choices cost: how often a key
 * is rewritten, in how many tables one may be, and how much space stale versions take.
 */
class CompactionSimulationTest {
    private static final int KEYS = 1 << 18;
    private static final int PARTITIONS = 256;
    private static final int RECORD_BYTES = 100;
    private static final int FLUSH_RECORDS = 2_000;

    private static final int FLUSHES = 600;

    /** The sets of keys, by table. */
    private final TreeMap<Long, BitSet> tables = new TreeMap<>();

    private long nextTableId = 1;
    private long rewrittenRecords;
    private int overlapMaxSeen;

    @ParameterizedTest
    @CsvSource({
        // fanout, overlap, most rewrites of a record, most tables over a key, most bytes for one byte alive
        "2, 2, 9.0, 12, 2.2",
        "4, 4, 4.2, 16, 3.0",
        "8, 8, 3.2, 26, 3.6",
        "4, 2, 11.0, 10, 2.0",
        "10, 2, 20.0, 8, 2.0"
    })
    void overwritesAtRandomCostWhatTheStrategyPromises(
            int fanout, int overlapMax, double rewritesMax, int tablesMax, double spaceMax) {
        CompactionPicker picker = picker(fanout, overlapMax);
        RandomSource random = RandomSource.seeded(7);
        for (int i = 0; i < FLUSHES; i++) {
            BitSet flushed = new BitSet(KEYS);
            for (int record = 0; record < FLUSH_RECORDS; record++) {
                flushed.set(random.nextInt(KEYS));
            }
            add(flushed);
            settle(picker);
        }
        double rewrites = (double) rewrittenRecords / (FLUSHES * (double) FLUSH_RECORDS);
        double space = (double) records() / alive();
        assertThat(rewrites).as("rewrites of a record").isBetween(0.5, rewritesMax);
        assertThat(overlapMaxSeen).as("tables over a key").isLessThanOrEqualTo(tablesMax);
        assertThat(space).as("bytes for one byte alive").isLessThanOrEqualTo(spaceMax);
    }

    @Test
    void tiersRewriteLessAndLevelsOverlapLess() {
        double tiersRewritten = rewritten(4, 4);
        int tiersOverlap = overlapMaxSeen;
        double levelsRewritten = rewritten(10, 2);
        assertThat(levelsRewritten).isGreaterThan(1.5 * tiersRewritten);
        assertThat(overlapMaxSeen).isLessThan(tiersOverlap);
    }

    @Test
    void keysInOrderAreHardlyRewritten() {
        CompactionPicker picker = picker(4, 4);
        for (int i = 0; i < 100; i++) {
            BitSet flushed = new BitSet(KEYS);
            flushed.set(i * FLUSH_RECORDS, (i + 1) * FLUSH_RECORDS);
            add(flushed);
            settle(picker);
        }
        // Neighbours share a partition at most.
        assertThat(overlapMaxSeen).isLessThanOrEqualTo(2);
        assertThat(rewrittenRecords).isZero();
    }

    @Test
    void outputsAreCutSoThatNoneGrowsFarBeyondTheTarget() {
        overwritesAtRandomCostWhatTheStrategyPromises(4, 4, 9, 20, 4);
        CompactionPicker picker = picker(4, 4);
        for (TableFacts table : facts()) {
            if (picker.levelOf(table) >= 3) {
                assertThat(table.sizeBytes()).isLessThan(2 * tableBytesTarget());
            }
        }
        assertThat(tables.size()).isGreaterThan(8);
    }

    private double rewritten(int fanout, int overlapMax) {
        tables.clear();
        rewrittenRecords = 0;
        overlapMaxSeen = 0;
        overwritesAtRandomCostWhatTheStrategyPromises(fanout, overlapMax, 30, 30, 5);
        return rewrittenRecords;
    }

    private static CompactionPicker picker(int fanout, int overlapMax) {
        long base = FLUSH_RECORDS * RECORD_BYTES * 3L / 4;
        return new CompactionPicker(new CompactionOptions(fanout, overlapMax, base, tableBytesTarget(), 0), PARTITIONS);
    }

    private static long tableBytesTarget() {
        return 10L * FLUSH_RECORDS * RECORD_BYTES;
    }

    private void settle(CompactionPicker picker) {
        for (int merges = 0; merges < 100; merges++) {
            overlapMaxSeen = Math.max(overlapMaxSeen, overlap());
            List<TableFacts> facts = facts();
            Optional<CompactionPick> pick =
                    picker.pick(facts, id -> true, id -> true, PurgeLimits.NOTHING, Long.MAX_VALUE);
            if (pick.isEmpty()) {
                assertThat(picker.pendingBytes(facts)).isZero();
                return;
            }
            assertThat(picker.pendingBytes(facts)).isPositive();
            merge(picker, pick.get(), facts);
        }
        throw new AssertionError("the picker finds no end: " + facts());
    }

    private void merge(CompactionPicker picker, CompactionPick pick, List<TableFacts> facts) {
        assertThat(pick.tableIds()).hasSizeBetween(2, CompactionOptions.INPUTS_MAX);
        List<TableFacts> inputs = facts.stream()
                .filter(table -> pick.tableIds().contains(table.tableId()))
                .toList();
        int shards = picker.shards(inputs);
        assertThat(PARTITIONS % shards).isZero();
        BitSet merged = new BitSet(KEYS);
        for (long tableId : pick.tableIds()) {
            merged.or(tables.remove(tableId));
        }
        rewrittenRecords += merged.cardinality();
        int keysOfShard = KEYS / shards;
        for (int shard = 0; shard < shards; shard++) {
            BitSet output = new BitSet(KEYS);
            output.set(shard * keysOfShard, (shard + 1) * keysOfShard);
            output.and(merged);
            add(output);
        }
    }

    private void add(BitSet keys) {
        if (!keys.isEmpty()) {
            tables.put(nextTableId++, keys);
        }
    }

    private List<TableFacts> facts() {
        List<TableFacts> facts = new ArrayList<>();
        for (Map.Entry<Long, BitSet> table : tables.entrySet()) {
            BitSet keys = table.getValue();
            long records = keys.cardinality();
            int first = partitionOf(keys.nextSetBit(0));
            int last = partitionOf(keys.previousSetBit(KEYS));
            facts.add(new TableFacts(
                    table.getKey(), first, last, records * RECORD_BYTES, records, 0, 1, 1, Long.MAX_VALUE));
        }
        return facts;
    }

    private static int partitionOf(int key) {
        return (int) ((long) key * PARTITIONS / KEYS);
    }

    private int overlap() {
        int most = 0;
        List<TableFacts> facts = facts();
        for (int partition = 0; partition < PARTITIONS; partition++) {
            int here = 0;
            for (TableFacts table : facts) {
                here += table.covers(partition) ? 1 : 0;
            }
            most = Math.max(most, here);
        }
        return most;
    }

    private long records() {
        return tables.values().stream().mapToLong(BitSet::cardinality).sum();
    }

    private long alive() {
        BitSet all = new BitSet(KEYS);
        tables.values().forEach(all::or);
        return all.cardinality();
    }
}
