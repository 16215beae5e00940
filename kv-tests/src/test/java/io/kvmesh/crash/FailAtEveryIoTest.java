package io.kvmesh.crash;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.kvmesh.KvStore;
import io.kvmesh.api.Durability;
import io.kvmesh.api.KvConfig;
import io.kvmesh.api.KvException;
import io.kvmesh.api.KvMap;
import io.kvmesh.testkit.IoFaults;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/**
 * Counts the I/O calls of a lone store's story with many flushes, then repeats it failing at call 1, 2, 3 ... to the end.
 * After each run the process ends hard and the store is opened again: all that was acknowledged is there, and it takes
 * writes.
 */
class FailAtEveryIoTest {
    private static final int WRITES = 120;
    private static final int KEYS = 40;
    private static final String FILLING = "x".repeat(40);

    /** What fails, and how the process ends. */
    enum Fault {
        ONE_CALL_THEN_KILL(IoFaults.DISK_BROKEN, false, false),
        DISK_FULL_THEN_KILL(IoFaults.DISK_FULL, true, false),
        ONE_CALL_THEN_POWER_LOSS(IoFaults.DISK_BROKEN, false, true),
        DISK_BROKEN_THEN_POWER_LOSS(IoFaults.DISK_BROKEN, true, true);

        private final String message;
        private final boolean lasting;
        private final boolean powerLoss;

        Fault(String message, boolean lasting, boolean powerLoss) {
            this.message = message;
            this.lasting = lasting;
            this.powerLoss = powerLoss;
        }

        void inject(IoFaults faults, long call) {
            if (lasting) {
                faults.failFrom(call, message);
            } else {
                faults.failCall(call, message);
            }
        }

        void end(SimMember member) {
            if (!member.isAlive()) {
                return;
            }
            if (powerLoss) {
                member.losePower();
            } else {
                member.kill();
            }
        }

        /** Only synced writes survive a loss of power for sure. */
        Durability durability() {
            return powerLoss ? Durability.SYNC : Durability.PERIODIC;
        }
    }

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

    @ParameterizedTest
    @EnumSource
    void whatWasAcknowledgedIsThereAfterAFailureOfAnyCall(Fault fault) {
        Story undisturbed = new Story(fault, Long.MAX_VALUE);
        undisturbed.write();
        long calls = undisturbed.calls();
        assertThat(undisturbed.refused).isZero();
        assertThat(Objects.requireNonNull(undisturbed.store)
                        .admin()
                        .storage()
                        .writes()
                        .flushCount())
                .isGreaterThan(2);
        int refused = 0;
        for (long call = 1; call <= calls; call++) {
            Story story = new Story(fault, call);
            story.write();
            story.verifyAfterRestart();
            refused += story.refused;
        }
        assertThat(refused).as("the faults did hurt").isPositive();
    }

    /** One run with one fault. Confined to one thread. */
    private static final class Story {
        private final Fault fault;
        private final long failingCall;
        private final SimCluster cluster;
        private final SimMember member;
        private final Map<String, String> acknowledged = new TreeMap<>();
        private final Map<String, Set<String>> unknown = new TreeMap<>();
        private int refused;
        private @Nullable KvStore store;

        Story(Fault fault, long failingCall) {
            this.fault = fault;
            this.failingCall = failingCall;
            cluster = SimCluster.of(1).seed(failingCall);
            member = cluster.member(0);
        }

        long calls() {
            return member.disk().faults().calls();
        }

        void write() {
            fault.inject(member.disk().faults(), failingCall);
            try {
                KvMap<String, String> map = open();
                IntStream.range(0, WRITES).forEach(i -> write(map, "k" + i % KEYS, i + FILLING));
            } catch (KvException e) {
                // The store, or the map, could not be opened.
                refused++;
            }
        }

        void verifyAfterRestart() {
            fault.end(member);
            member.disk().faults().clear();
            KvMap<String, String> map = open();
            acknowledged.forEach((key, value) -> {
                Set<String> possible = new HashSet<>(unknown.getOrDefault(key, Set.of()));
                possible.add(value);
                assertThat(map.get(key))
                        .as("%s after a failure at call %d", key, failingCall)
                        .isIn(possible);
            });
            map.set("after", "written");
            assertThat(map.get("after")).isEqualTo("written");
            Objects.requireNonNull(store).close();
            assertThat(member.disk().openHandles()).isZero();
        }

        private KvMap<String, String> open() {
            KvConfig alone = KvConfig.builder()
                    .directory(member.directory())
                    .keyBytesMax(256)
                    .valueBytesMax(1_024)
                    .memtableBytes(4_096)
                    .logSegmentBytes(8_192)
                    .durability(fault.durability())
                    .build();
            store = KvStore.open(alone, member.startProcess());
            return store.map("m", String.class, String.class);
        }

        private void write(KvMap<String, String> map, String key, String value) {
            try {
                map.set(key, value);
                acknowledged.put(key, value);
                unknown.remove(key);
            } catch (KvException e) {
                unknown.computeIfAbsent(key, k -> new HashSet<>()).add(value);
                refused++;
            }
            cluster.runFor(Duration.ofMillis(3));
        }
    }
}
