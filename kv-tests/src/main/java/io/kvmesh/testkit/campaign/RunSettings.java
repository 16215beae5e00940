package io.kvmesh.testkit.campaign;

import io.kvmesh.api.Compaction;
import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.Durability;
import io.kvmesh.api.KvConfig;
import io.kvmesh.runtime.RandomSource;
import java.time.Duration;
import java.util.List;

/**
 * The configuration of one run, drawn from its seed: small and odd sizes, so that a short run meets flushes, full
 * segments and cache misses. Immutable.
 *
 * @param replicationFactor may exceed the number of members; keys are then on all of them
 * @param levels each operation draws one of these
 * @param callers how many operations may be under way at once
 * @param thinkTime the mean time from the end of a caller's operation to its next one
 * @param faultTime how long faults may begin
 * @param syncTime the mean time that a healthy disk takes for a sync, during which anything else may happen
 * @param upkeep how replicas get what they missed
 */
record RunSettings(
        int members,
        int replicationFactor,
        int partitions,
        int vnodes,
        long memtableBytes,
        int logSegmentBytes,
        int blockBytes,
        long blockCacheBytes,
        int valueBytesMax,
        Durability durability,
        Duration syncInterval,
        Duration operationTimeout,
        Duration gossipInterval,
        List<ConsistencyLevel> levels,
        int keys,
        int callers,
        Duration thinkTime,
        double readShare,
        double deleteShare,
        Duration faultTime,
        Duration syncTime,
        Compaction compaction,
        Duration gcGrace,
        Upkeep upkeep) {
    private static final int MEMBERS_MAX = 7;
    private static final int REPLICAS_MAX = 5;
    private static final int KEYS_MIN = 2;
    private static final int CALLERS_MAX = 8;
    private static final int KEY_BYTES_MAX = 64;
    private static final int RECORD_OVERHEAD_BYTES = 256;
    private static final long SYNC_NANOS_MIN = 100_000;
    private static final int PARTITIONS_REPAIRED_LOG_MAX = 4;
    private static final long MEMTABLE_BYTES_REPAIRED_MAX = 8_192;
    private static final int VALUE_BYTES_REPAIRED_MAX = 512;
    /** So that the trees by which replicas are compared have branches. */
    private static final int KEYS_REPAIRED_FACTOR = 4;

    RunSettings {
        levels = List.copyOf(levels);
    }

    static RunSettings draw(RandomSource random, Scenario scenario) {
        int callers = 1 + random.nextInt(CALLERS_MAX);
        int members = 1 + random.nextInt(MEMBERS_MAX);
        int replicationFactor = 1 + random.nextInt(REPLICAS_MAX);
        if (scenario.always().contains(FaultKind.LEAVE)) {
            // One that leaves takes no copy with it that has no other place.
            members = Math.max(members, Math.min(MEMBERS_MAX, replicationFactor + 1 + members / 2));
        }
        RunSettings drawn = draw(random, callers, members, replicationFactor);
        return scenario.repairs() ? drawn.withRepairs(random) : drawn;
    }

    private static RunSettings draw(RandomSource random, int callers, int members, int replicationFactor) {
        int valueBytesMax = 32 << random.nextInt(9);
        int record = KEY_BYTES_MAX + valueBytesMax + RECORD_OVERHEAD_BYTES;
        int logSegmentBytes = Math.max(4_096, record) << random.nextInt(4);
        return new RunSettings(
                members,
                replicationFactor,
                1 << random.nextInt(9),
                1 << random.nextInt(6),
                1_024L << random.nextInt(8),
                logSegmentBytes,
                128 << random.nextInt(6),
                random.chance(0.3) ? 0 : 1_024L << random.nextInt(8),
                valueBytesMax,
                random.chance(0.5) ? Durability.PERIODIC : Durability.SYNC,
                Duration.ofMillis(10L << random.nextInt(8)),
                Duration.ofMillis(500L << random.nextInt(3)),
                Duration.ofMillis(250L << random.nextInt(3)),
                drawLevels(random, Math.min(members, replicationFactor)),
                KEYS_MIN + random.nextInt(24),
                callers,
                // Slower callers when there are more of them: about as many operations in every run.
                Duration.ofMillis(callers * (20L + random.nextInt(60))),
                0.3 + 0.4 * random.nextDouble(),
                0.3 * random.nextDouble(),
                Duration.ofSeconds(40 + random.nextInt(20)),
                random.chance(0.3) ? Duration.ZERO : Duration.ofNanos(SYNC_NANOS_MIN << random.nextInt(8)),
                drawCompaction(random),
                drawGcGrace(random),
                Upkeep.HINTS);
    }

    /**
     * With replicas that are compared, and deletions that are forgotten: after a time that is longer than anything that
     * was sent before can still be on its way.
     */
    private RunSettings withRepairs(RandomSource random) {
        int memberCount = Math.max(2, members);
        int copies = Math.max(2, replicationFactor);
        return new RunSettings(
                memberCount,
                copies,
                1 << random.nextInt(PARTITIONS_REPAIRED_LOG_MAX),
                vnodes,
                Math.min(memtableBytes, MEMTABLE_BYTES_REPAIRED_MAX),
                logSegmentBytes,
                blockBytes,
                blockCacheBytes,
                Math.min(valueBytesMax, VALUE_BYTES_REPAIRED_MAX),
                durability,
                syncInterval,
                operationTimeout,
                gossipInterval,
                drawLevels(random, Math.min(memberCount, copies)),
                random.chance(0.5) ? keys : KEYS_REPAIRED_FACTOR * keys,
                callers,
                thinkTime,
                readShare,
                0.2 + deleteShare,
                faultTime,
                syncTime,
                compaction,
                random.chance(0.3) ? Duration.ofHours(1) : Duration.ofSeconds(4L << random.nextInt(2)),
                Upkeep.drawRepairs(random));
    }

    /** Whether a deletion may be gone from one replica and not yet from another when the run ends. */
    boolean forgetsDeletions() {
        // Also without repairs: one that was away for longer is compared before it serves.
        return gcGrace.compareTo(faultTime) < 0;
    }

    /** As short as the time between two merges, or longer than hints must live. */
    private static Duration drawGcGrace(RandomSource random) {
        int drawn = random.nextInt(6);
        return drawn < 3 ? Duration.ofSeconds(1L << drawn) : Duration.ofHours(1);
    }

    private static Compaction drawCompaction(RandomSource random) {
        return switch (random.nextInt(3)) {
            case 0 -> Compaction.sizeTiered();
            case 1 -> Compaction.leveled();
            default -> Compaction.timeWindow(Duration.ofSeconds(1L << random.nextInt(5)));
        };
    }

    /** Those that differ where there is one data centre. */
    private static final List<ConsistencyLevel> LEVELS = List.of(
            ConsistencyLevel.ONE,
            ConsistencyLevel.TWO,
            ConsistencyLevel.THREE,
            ConsistencyLevel.QUORUM,
            ConsistencyLevel.ALL);

    /** Mostly quorums, which promise something; else any mixture of levels that can be reached. */
    private static List<ConsistencyLevel> drawLevels(RandomSource random, int replicas) {
        if (random.chance(0.6)) {
            return List.of(ConsistencyLevel.QUORUM);
        }
        List<ConsistencyLevel> reachable = LEVELS.stream()
                .filter(level -> level.required(replicas) <= replicas)
                .toList();
        if (random.chance(0.5)) {
            return reachable;
        }
        return List.of(
                reachable.get(random.nextInt(reachable.size())), reachable.get(random.nextInt(reachable.size())));
    }

    /** In every other run the members are in two data centres by turns, between which writes are carried. */
    String dataCenterOf(int member, long seed) {
        return (seed & member & 1) == 0 ? "east" : "west";
    }

    /** N: how many replicas each key has. */
    int replicas() {
        return Math.min(members, replicationFactor);
    }

    /** Whether an operation may end with the answer of one replica out of several. */
    boolean oneReplicaIsEnough() {
        return replicas() > 1 && levels.stream().anyMatch(level -> level.required(replicas()) == 1);
    }

    /** Whether a further member would not change N. */
    boolean mayGrow() {
        return members > replicationFactor;
    }

    KvConfig.Builder applyTo(KvConfig.Builder builder) {
        return upkeep.applyTo(builder)
                .replicationFactor(replicationFactor)
                .partitions(partitions)
                .vnodes(vnodes)
                .keyBytesMax(KEY_BYTES_MAX)
                .valueBytesMax(valueBytesMax)
                .memtableBytes(memtableBytes)
                .gcGrace(gcGrace)
                .logSegmentBytes(logSegmentBytes)
                .blockBytes(blockBytes)
                .blockCacheBytes(blockCacheBytes)
                .durability(durability)
                .syncInterval(syncInterval)
                .operationTimeout(operationTimeout)
                .gossipInterval(gossipInterval);
    }
}
