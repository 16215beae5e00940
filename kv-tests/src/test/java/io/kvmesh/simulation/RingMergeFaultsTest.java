package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.Durability;
import io.kvmesh.api.KvException;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.MemberStanding;
import io.kvmesh.api.MemberState;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.testkit.LinkSettings;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import io.kvmesh.testkit.SimThread;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rings that were founded apart meet while members are killed or held up, links are cut and frames get lost, and
 * clients go on writing all the time. More seeds: {@code -Dkvmesh.merge.seeds=100}.
 */
class RingMergeFaultsTest {
    private static final int SEEDS = 8;
    private static final int KEYS_PER_CLIENT = 12;
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final Duration APART_TIME = Duration.ofSeconds(2);
    private static final int FAULTS = 12;

    private final List<TreeMap<String, Written>> written = new ArrayList<>();
    private SimCluster cluster = SimCluster.of(1).seed(0);
    private RandomSource random = RandomSource.seeded(0);
    private boolean over;

    /** What a key may be: what was acknowledged last, or what was tried since. Deletions are nulls. */
    private static final class Written {
        @Nullable
        String acknowledged;

        final List<String> tried = new ArrayList<>();
        boolean deletionTried;

        boolean mayBe(@Nullable String value) {
            boolean last = value == null ? acknowledged == null : value.equals(acknowledged);
            return last || (value == null ? deletionTried : tried.contains(value));
        }

        void acknowledge(@Nullable String value) {
            acknowledged = value;
            tried.clear();
            deletionTried = false;
        }
    }

    static LongStream seeds() {
        return LongStream.rangeClosed(1, Integer.getInteger("kvmesh.merge.seeds", SEEDS));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatIsAcknowledgedIsThereWhateverHappens(long seed) {
        random = RandomSource.seeded(seed);
        startApart(seed);
        for (SimMember member : cluster.members()) {
            written.add(new TreeMap<>());
            runClient(member);
        }
        cluster.runFor(APART_TIME);
        cluster.network().heal();
        cluster.network().use(LinkSettings.RELIABLE.withLoss(0.02));
        for (int i = 0; i < FAULTS; i++) {
            cluster.runFor(Duration.ofMillis(100 + random.nextInt(3_000)));
            disturb();
        }
        cluster.network().heal();
        cluster.network().use(LinkSettings.RELIABLE);
        cluster.members().forEach(RingMergeFaultsTest::resume);
        cluster.members().stream().filter(member -> !member.isOpen()).forEach(this::bringBack);
        over = true;
        cluster.join(LIMIT);
        cluster.runUntil("all have a seat in one ring and nothing to give away", this::isOneRing, LIMIT);
        check();
        cluster.finish();
    }

    private void startApart(long seed) {
        int[] sizes = IntStream.range(0, 2 + random.nextInt(2))
                .map(ring -> 1 + random.nextInt(3))
                .toArray();
        // A loss of power takes nothing that was acknowledged.
        cluster = SimCluster.of(IntStream.of(sizes).sum())
                .configure(builder -> builder.durability(Durability.SYNC))
                .seed(seed);
        int first = 0;
        for (int size : sizes) {
            cluster.network()
                    .partition(IntStream.range(first, first + size).boxed().toList());
            first += size;
        }
        cluster.members().forEach(SimMember::start);
        cluster.settle();
    }

    private void disturb() {
        int count = cluster.members().size();
        SimMember member = cluster.member(random.nextInt(count));
        switch (random.nextInt(8)) {
            case 0 -> {
                if (member.isOpen()) {
                    member.kill();
                }
            }
            case 1 -> {
                if (member.isOpen()) {
                    member.losePower();
                }
            }
            case 6 -> {
                if (member.isOpen() && !member.isPaused()) {
                    member.pause();
                    cluster.loop().after(Duration.ofMillis(random.nextInt(20_000)), () -> resume(member));
                }
            }
            case 2, 3 -> {
                if (!member.isAlive()) {
                    bringBack(member);
                }
            }
            case 4 -> cluster.network().cut(member.index(), (member.index() + 1 + random.nextInt(count - 1)) % count);
            default -> cluster.network().heal();
        }
    }

    private static void resume(SimMember member) {
        if (member.isPaused()) {
            member.resume();
        }
    }

    private void bringBack(SimMember member) {
        try {
            if (!member.isAlive()) {
                member.start();
            }
            runClient(member);
        } catch (KvException e) {
            // It was killed before it was in any ring, and finds nobody now.
            assertThat(e).hasMessageContaining("expected members");
        }
    }

    private void runClient(SimMember member) {
        TreeMap<String, Written> mine = written.get(member.index());
        RandomSource drawn = random.split();
        member.run("client", () -> {
            KvMap<String, String> map = map(member);
            for (int i = 0; !over; i++) {
                String key = "c" + member.index() + "-" + drawn.nextInt(KEYS_PER_CLIENT);
                Written entry = mine.computeIfAbsent(key, absent -> new Written());
                write(map, key, drawn.chance(0.2) ? null : "v" + drawn.nextInt(1_000_000), entry);
                SimThread.sleep(Duration.ofMillis(20 + drawn.nextInt(60)));
            }
        });
    }

    private static void write(KvMap<String, String> map, String key, @Nullable String value, Written entry) {
        if (value == null) {
            entry.deletionTried = true;
        } else {
            entry.tried.add(value);
        }
        try {
            if (value == null) {
                map.delete(key);
            } else {
                map.set(key, value);
            }
            entry.acknowledge(value);
        } catch (KvException e) {
            assertThat(e.retryable()).as("%s", e).isTrue();
        }
    }

    private boolean isOneRing() {
        int count = cluster.members().size();
        return cluster.running().stream().allMatch(member -> {
            long seated = member.store().admin().members().stream()
                    .filter(seen -> seen.standing() == MemberStanding.MEMBER && seen.state() == MemberState.ALIVE)
                    .count();
            boolean settled = member.store().admin().health().problems().stream()
                    .noneMatch(problem -> problem.contains("giving up") || problem.contains("changing"));
            return seated == count && settled;
        });
    }

    private void check() {
        for (SimMember member : cluster.members()) {
            KvMap<String, String> map = map(member);
            for (TreeMap<String, Written> entries : written) {
                entries.forEach((key, entry) -> {
                    String value = map.get(key);
                    assertThat(entry.mayBe(value))
                            .as(
                                    "%s at member %d is %s, acknowledged was %s, tried since %s",
                                    key, member.index(), value, entry.acknowledged, entry.tried)
                            .isTrue();
                });
            }
        }
        assertThat(written.stream().mapToInt(TreeMap::size).sum()).isPositive();
    }

    private static KvMap<String, String> map(SimMember member) {
        return member.store().map("m", String.class, String.class);
    }
}
