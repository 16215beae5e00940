package io.kvmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.Durability;
import io.kvmesh.api.KvMap;
import io.kvmesh.node.Environment;
import io.kvmesh.runtime.FileSystem.AppendFile;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.RandomSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DiskSpeedTest {
    private static final Duration MILLI = Duration.ofMillis(1);
    private static final Duration SYNC = Duration.ofMillis(20);
    private static final DiskSpeed SLOW_SYNCS = DiskSpeed.INSTANT.withSyncs(SYNC, SYNC);
    private static final long SYNC_NANOS = SYNC.toNanos();

    private final SimCluster cluster =
            SimCluster.of(1).configure(c -> c.durability(Durability.SYNC)).seed(3);
    private final SimLoop loop = cluster.loop();
    private final SimMember member = cluster.member(0);

    @Test
    void aCallTakesAtLeastTheMinimumAndTheMeanOnAverageAndTheTimeOfItsBytes() {
        DiskSpeed speed = DiskSpeed.INSTANT
                .withCalls(MILLI, MILLI.multipliedBy(3))
                .withSyncs(MILLI.multipliedBy(5), MILLI.multipliedBy(9))
                .withBytesPerSecond(1_000_000);
        assertThat(meanNanos(speed, IoOperation.OPEN, 0, 1_000_000)).isBetween(2_900_000.0, 3_100_000.0);
        assertThat(meanNanos(speed, IoOperation.SYNC, 0, 5_000_000)).isBetween(8_800_000.0, 9_200_000.0);
        assertThat(meanNanos(speed, IoOperation.READ, 1_000, 2_000_000)).isBetween(3_900_000.0, 4_100_000.0);
        assertThat(meanNanos(speed, IoOperation.WRITE, 1_000, 1_000_000)).isEqualTo(1_000_000.0);
        assertThat(meanNanos(DiskSpeed.INSTANT, IoOperation.READ, 1 << 30, 0)).isZero();
    }

    private static double meanNanos(DiskSpeed speed, IoOperation operation, long bytes, long minNanos) {
        RandomSource random = RandomSource.seeded(1);
        return IntStream.range(0, 10_000)
                .mapToLong(i -> speed.drawNanos(operation, bytes, random))
                .peek(nanos -> assertThat(nanos).isGreaterThanOrEqualTo(minNanos))
                .average()
                .orElseThrow();
    }

    @Test
    void timesAndSpeedsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> DiskSpeed.INSTANT.withCalls(MILLI, Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("callMin PT0.001S");
        assertThatThrownBy(() -> DiskSpeed.INSTANT.withSyncs(MILLI.negated(), MILLI))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("syncMin PT-0.001S");
        assertThatThrownBy(() -> DiskSpeed.INSTANT.withBytesPerSecond(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("bytesPerSecond 0");
        assertThatThrownBy(() -> loop.spend(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theClockMovesWithinATaskAndWhatTheTaskSchedulesComesAfterIt() {
        Environment environment = member.startProcess();
        AppendFile file = create(environment);
        member.disk().use(SLOW_SYNCS);
        List<Long> times = new ArrayList<>();
        long wallMicros = environment.clock().wallMicros();
        environment.scheduler().offer(Lane.LOG, () -> {
            long startNanos = environment.clock().monotonicNanos();
            sync(file);
            times.add(environment.clock().monotonicNanos() - startNanos);
            sync(file);
            times.add(environment.clock().monotonicNanos() - startNanos);
            environment
                    .scheduler()
                    .schedule(
                            Lane.CONTROL,
                            MILLI.toNanos(),
                            () -> times.add(environment.clock().monotonicNanos() - startNanos));
        });
        cluster.runFor(Duration.ofMillis(10));
        assertThat(times).as("of that code alone").hasSize(2);
        assertThat(environment.clock().wallMicros() - wallMicros).isEqualTo(10_000);
        cluster.runFor(Duration.ofSeconds(1));
        assertThat(times.subList(0, 2)).containsExactly(SYNC_NANOS, 2 * SYNC_NANOS);
        assertThat(times.get(2)).isBetween(2 * SYNC_NANOS + MILLI.toNanos(), 2 * SYNC_NANOS + 2 * MILLI.toNanos());
    }

    @Test
    void aTaskKeepsItsLaneForTheTimeThatItTakesAndOtherLanesGoOn() {
        Environment environment = member.startProcess();
        AppendFile file = create(environment);
        member.disk().use(SLOW_SYNCS);
        List<String> order = new ArrayList<>();
        environment.scheduler().offer(Lane.FLUSH, () -> sync(file));
        environment.scheduler().offer(Lane.FLUSH, () -> order.add("flush"));
        environment.scheduler().schedule(Lane.CONTROL, SYNC_NANOS / 2, () -> order.add("control"));
        cluster.runFor(SYNC.minus(MILLI));
        assertThat(order).containsExactly("control");
        cluster.runFor(MILLI.multipliedBy(2));
        assertThat(order).containsExactly("control", "flush");
    }

    @Test
    void callsOfTheTestLetTimePass() {
        Environment environment = member.startProcess();
        AppendFile file = create(environment);
        member.disk().use(SLOW_SYNCS);
        List<Long> happened = new ArrayList<>();
        loop.after(MILLI, () -> happened.add(loop.nowNanos()));
        long startNanos = environment.clock().monotonicNanos();
        sync(file);
        assertThat(environment.clock().monotonicNanos() - startNanos).isEqualTo(SYNC_NANOS);
        assertThat(happened).as("never in the middle of a call").isEmpty();
        cluster.runFor(Duration.ZERO);
        assertThat(happened).containsExactly(MILLI.toNanos());
        assertThat(loop.nowNanos()).isEqualTo(SYNC_NANOS);
    }

    @Test
    void openingAStoreTakesAsLongAsItsCallsDo() {
        member.disk().use(DiskSpeed.INSTANT.withCalls(MILLI, MILLI));
        long calls = member.disk().faults().calls();
        member.start();
        assertThat(loop.nowNanos())
                .isGreaterThan(5 * MILLI.toNanos())
                .isGreaterThanOrEqualTo((member.disk().faults().calls() - calls) * MILLI.toNanos() / 3);
    }

    @Test
    void aSyncedWriteTakesAtLeastASyncAndASyncIsShared() {
        member.start();
        KvMap<String, String> map = map();
        map.set("first", "value");
        member.disk().use(SLOW_SYNCS);
        long startNanos = loop.nowNanos();
        map.set("key", "value");
        assertThat(loop.nowNanos() - startNanos).isBetween(SYNC_NANOS, SYNC_NANOS + MILLI.toNanos());

        long syncs = member.disk().faults().calls(IoOperation.SYNC);
        List<CompletableFuture<Void>> writes = new ArrayList<>();
        startNanos = loop.nowNanos();
        IntStream.range(0, 100)
                .forEach(i -> loop.after(
                        MILLI.dividedBy(10).multipliedBy(i),
                        () -> writes.add(map.async().set("k" + i, "v"))));
        loop.runUntil(
                () -> writes.size() == 100 && writes.stream().allMatch(CompletableFuture::isDone),
                SYNC.multipliedBy(9));
        assertThat(writes).hasSize(100).allMatch(CompletableFuture::isDone);
        assertThat(member.disk().faults().calls(IoOperation.SYNC) - syncs)
                .as("a write waits for the running sync and shares the next")
                .isEqualTo(2);
        assertThat(loop.nowNanos() - startNanos).isGreaterThanOrEqualTo(2 * SYNC_NANOS);
    }

    @Test
    void aFlushOnASlowDiskHoldsUpNeitherReadsNorWrites() {
        SimCluster periodic = SimCluster.of(1).seed(4);
        SimMember slow = periodic.member(0);
        slow.start();
        KvMap<String, byte[]> map = slow.store().map("m", String.class, byte[].class);
        // So slow that a flush takes seconds, while segments and the log's syncs are left out of it.
        IntStream.range(0, 3).forEach(i -> map.set("warm" + i, new byte[10]));
        long flushes = slow.store().admin().storage().writes().flushCount();
        slow.disk().use(DiskSpeed.INSTANT.withCalls(Duration.ofMillis(50), Duration.ofMillis(50)));
        long slowestNanos = 0;
        for (int i = 0; i < 60; i++) {
            long startNanos = periodic.loop().nowNanos();
            map.set("k" + i, new byte[1_500]);
            assertThat(map.get("k" + i)).hasSize(1_500);
            slowestNanos = Math.max(slowestNanos, periodic.loop().nowNanos() - startNanos);
            periodic.runFor(Duration.ofMillis(5));
        }
        assertThat(slow.store().admin().storage().writes().flushCount())
                .as("a flush ran")
                .isGreaterThan(flushes);
        assertThat(slowestNanos).isLessThan(Duration.ofMillis(101).toNanos());
        periodic.stop();
        periodic.checkFailures();
    }

    @Test
    void theSameSeedTakesTheSameTime() {
        assertThat(slowStory(8)).isEqualTo(slowStory(8)).isNotEqualTo(slowStory(9));
    }

    private static long slowStory(long seed) {
        SimCluster slow = SimCluster.of(3)
                .configure(config -> config.durability(Durability.SYNC))
                .seed(seed);
        slow.members()
                .forEach(m -> m.disk()
                        .use(DiskSpeed.INSTANT
                                .withCalls(MILLI.dividedBy(5), MILLI)
                                .withSyncs(MILLI, MILLI.multipliedBy(8))
                                .withBytesPerSecond(20_000_000)));
        slow.start();
        KvMap<String, byte[]> map = slow.member(1).store().map("m", String.class, byte[].class);
        for (int i = 0; i < 150; i++) {
            map.set("k" + i % 20, new byte[1_000 + i]);
        }
        for (int i = 0; i < 20; i++) {
            assertThat(map.get("k" + i)).hasSizeGreaterThan(1_100);
        }
        slow.stop();
        slow.checkFailures();
        return slow.traceHash();
    }

    private KvMap<String, String> map() {
        return member.store().map("m", String.class, String.class);
    }

    private AppendFile create(Environment environment) {
        try {
            return environment.files().create(member.directory().resolve("file"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void sync(AppendFile file) {
        try {
            file.sync();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
