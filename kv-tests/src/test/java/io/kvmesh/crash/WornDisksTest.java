package io.kvmesh.crash;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.kvmesh.api.Durability;
import io.kvmesh.api.Health;
import io.kvmesh.api.KvException;
import io.kvmesh.api.KvMap;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.testkit.DiskSpeed;
import io.kvmesh.testkit.IoFaultRates;
import io.kvmesh.testkit.MemberCrashedError;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Three members of which one at a time has a disk that is slow, fails, hands out damaged bytes and takes the process
 * down with it, all by chance. What a quorum acknowledged is there in the end. {@code -Dkvmesh.worn-disks-seeds} sets
 * how many stories are told.
 */
class WornDisksTest {
    private static final int MEMBERS = 3;
    private static final int SEEDS = Integer.getInteger("kvmesh.worn-disks-seeds", 15);
    private static final int TURNS = 8;
    private static final int WRITES_PER_TURN = 60;
    private static final int KEYS = 25;

    private final Logger logger = (Logger) LoggerFactory.getLogger("io.kvmesh");
    private final @Nullable Level level = logger.getLevel();

    /** Every injected failure is logged, rightly: thousands of stack traces that nobody will read. */
    @BeforeEach
    void silence() {
        logger.setLevel(Level.OFF);
    }

    @AfterEach
    void speak() {
        logger.setLevel(level);
    }

    @Test
    void whatAQuorumAcknowledgedOutlivesOneBadDiskAfterTheOther() {
        int crashes = 0;
        int refused = 0;
        for (long seed = 1; seed <= SEEDS; seed++) {
            Story story = new Story(seed);
            try {
                story.play();
            } catch (AssertionError | RuntimeException | MemberCrashedError e) {
                throw new AssertionError("failed with seed " + seed, e);
            }
            crashes += story.crashes;
            refused += story.refused;
        }
        assertThat(crashes).isGreaterThan(SEEDS);
        assertThat(refused).isPositive();
    }

    /** One run. Confined to one thread. */
    private static final class Story {
        private final SimCluster cluster;
        private final RandomSource random;
        private final Map<String, String> acknowledged = new TreeMap<>();
        private final Map<String, Set<String>> unknown = new TreeMap<>();
        private int crashes;
        private int refused;

        Story(long seed) {
            cluster = SimCluster.of(MEMBERS)
                    .configure(config -> config.durability(Durability.SYNC)
                            .valueBytesMax(2_048)
                            .memtableBytes(8_192)
                            .logSegmentBytes(16_384))
                    .seed(seed);
            random = cluster.loop().random().split();
        }

        void play() {
            cluster.start();
            for (int turn = 0; turn < TURNS; turn++) {
                SimMember bad = cluster.member(random.nextInt(MEMBERS));
                wearOut(bad);
                for (int i = 0; i < WRITES_PER_TURN; i++) {
                    write(cluster.member(random.nextInt(MEMBERS)), turn + "." + i);
                    startAgain(bad);
                    cluster.runFor(Duration.ofMillis(random.nextInt(40)));
                }
                renew(bad);
            }
            verify();
        }

        private void wearOut(SimMember member) {
            member.disk()
                    .use(DiskSpeed.INSTANT
                            .withCalls(Duration.ofNanos(20_000), Duration.ofNanos(20_000L + random.nextInt(2_000_000)))
                            .withSyncs(Duration.ofMillis(1), Duration.ofMillis(1L + random.nextInt(40)))
                            .withBytesPerSecond(1_000_000L + random.nextInt(50_000_000)));
            member.disk()
                    .faults()
                    .use(new IoFaultRates(rate(), rate(), rate(), rate(), rate(), rate(), "Input/output error"));
        }

        private double rate() {
            return random.chance(0.5) ? 0 : random.nextDouble() * 0.03;
        }

        private void renew(SimMember member) {
            member.disk().faults().clear();
            member.disk().use(DiskSpeed.INSTANT);
            if (member.isAlive() && random.chance(0.7)) {
                if (random.chance(0.5)) {
                    member.kill();
                } else {
                    member.losePower();
                }
            }
            if (member.isAlive() && member.store().admin().health().status() == Health.Status.READ_ONLY) {
                member.kill();
            }
            if (!member.isAlive()) {
                member.start();
            }
            cluster.awaitAllAlive();
        }

        private void startAgain(SimMember member) {
            if (!member.isAlive() && random.chance(0.2)) {
                try {
                    member.start();
                } catch (KvException | MemberCrashedError e) {
                    crashes++;
                }
            }
        }

        private void write(SimMember member, String text) {
            if (!member.isAlive()) {
                return;
            }
            String key = "k" + random.nextInt(KEYS);
            String value = key + " " + text + " " + "x".repeat(random.nextInt(1_500));
            try {
                map(member).set(key, value);
                acknowledged.put(key, value);
                unknown.remove(key);
                if (random.chance(0.3) && member.isAlive()) {
                    read(member, "k" + random.nextInt(KEYS));
                }
            } catch (KvException e) {
                unknown.computeIfAbsent(key, k -> new HashSet<>()).add(value);
                refused++;
            } catch (MemberCrashedError e) {
                unknown.computeIfAbsent(key, k -> new HashSet<>()).add(value);
                crashes++;
            }
        }

        private void read(SimMember member, String key) {
            String found;
            try {
                found = map(member).get(key);
            } catch (KvException e) {
                refused++;
                return;
            }
            check(member, key, found);
        }

        private void check(SimMember member, String key, @Nullable String found) {
            String value = acknowledged.get(key);
            Set<String> possible = new HashSet<>(unknown.getOrDefault(key, Set.of()));
            if (value != null) {
                possible.add(value);
                assertThat(found).as("%s at member %d", key, member.index()).isIn(possible);
            } else if (found != null) {
                assertThat(found).as("%s at member %d", key, member.index()).isIn(possible);
            }
        }

        private void verify() {
            cluster.settle();
            for (SimMember member : cluster.members()) {
                for (int i = 0; i < KEYS; i++) {
                    check(member, "k" + i, map(member).get("k" + i));
                }
            }
            // Fails if a store leaves files open.
            cluster.stop();
            cluster.checkFailures();
        }

        private static KvMap<String, String> map(SimMember member) {
            return member.store().map("m", String.class, String.class);
        }
    }
}
