package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.CITIES;
import static io.kvmesh.storage.StorageFixture.NODE;
import static io.kvmesh.storage.StorageFixture.key;
import static io.kvmesh.storage.StorageFixture.write;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.kvmesh.api.Compaction;
import io.kvmesh.api.Durability;
import io.kvmesh.api.KvException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.RandomSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/**
 * Counts the calls that change the disk in a story of writes, flushes and merges of each kind, then repeats it with a
 * disk that fails from call 1, 2, 3 ... on. After each run the directory is opened as a crash would leave it: all that was
 * acknowledged is there, what was deleted or expired is not, and merges come to their end.
 */
class CompactionFailsAtEveryCallTest {
    private static final long GRACE_MICROS = 1_000;
    private static final int KEYS = 24;
    private static final int ROUNDS = 7;
    private static final String ABSENT = "";

    @TempDir
    Path temporary;

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

    /** What is merged, and why. */
    enum Kind {
        TIERS,
        LEVELS,
        WINDOWS,
        /** Tables with many deletions are rewritten alone. */
        DELETIONS,
        /** Tables of which all expired are dropped without being read. */
        EXPIRIES;

        Compaction compaction() {
            return switch (this) {
                case TIERS -> Compaction.sizeTiered();
                case LEVELS -> Compaction.leveled();
                case WINDOWS, DELETIONS, EXPIRIES -> Compaction.timeWindow(Duration.ofSeconds(1));
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsLostAndNothingComesBack(Kind kind) {
        Story undisturbed = new Story(kind, temporary.resolve("undisturbed"), Integer.MAX_VALUE);
        undisturbed.run();
        assertThat(undisturbed.merges).as("merges").isPositive();
        undisturbed.verifyAfterCrash();
        int failed = 0;
        for (int call = 0; call < undisturbed.calls; call++) {
            Story story = new Story(kind, temporary.resolve("call" + call), call);
            story.run();
            story.verifyAfterCrash();
            failed += story.failed;
        }
        assertThat(failed).as("the faults did hurt").isGreaterThan(undisturbed.calls / 2);
    }

    /** One run with one fault. Confined to one thread. */
    private static final class Story {
        private final Kind kind;
        private final int failingCall;
        private final StorageFixture fixture;
        private final SetClock clock = new SetClock();
        /** What a reader may see of each key. */
        private final Map<String, Set<String>> allowed = new TreeMap<>();

        private int calls;
        private int failed;
        private long merges;

        Story(Kind kind, Path directory, int failingCall) {
            this.kind = kind;
            this.failingCall = failingCall;
            this.fixture = new StorageFixture(directory);
        }

        void run() {
            StorageEngine engine = open(fixture);
            engine.chooseCompaction(CITIES.id(), kind.compaction());
            int before = fixture.files.calls().size();
            if (failingCall < Integer.MAX_VALUE) {
                fixture.files.failAfter(failingCall);
            }
            for (int round = 0; round < ROUNDS; round++) {
                writeRound(engine, round);
                try {
                    engine.flush();
                } catch (KvException e) {
                    failed = 1;
                }
                engine.compact();
                fixture.scheduler.runOffered();
                // Several rounds of one window, or one.
                clock.micros += kind == Kind.WINDOWS ? 300_000 : 1_500_000;
            }
            engine.compact();
            fixture.scheduler.runOffered();
            merges = engine.info().compactions().finishedCount();
            failed = engine.info().compactions().failedCount() > 0 ? 1 : failed;
            calls = fixture.files.calls().size() - before;
            fixture.files.heal();
        }

        private void writeRound(StorageEngine engine, int round) {
            for (int i = 0; i < KEYS; i++) {
                String key = "city" + i;
                String value = round + ":" + "x".repeat(60);
                Version version = new Version(++clock.micros, NODE);
                if (kind == Kind.DELETIONS && (i + round) % 2 == 0) {
                    apply(engine, key, Cell.tombstone(version), ABSENT);
                } else if (kind == Kind.EXPIRIES && round % 2 == 0) {
                    byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
                    // Before the next round begins; who reads earlier does not exist.
                    apply(engine, key, Cell.expiring(bytes, version, clock.micros + 1_000_000), ABSENT);
                } else {
                    apply(engine, key, Cell.of(value.getBytes(StandardCharsets.UTF_8), version), value);
                }
            }
        }

        private void apply(StorageEngine engine, String key, Cell cell, String seen) {
            StorageFixture.Result result = write(engine, key, cell);
            Set<String> present = allowed.computeIfAbsent(key, absent -> new HashSet<>(Set.of(ABSENT)));
            if (result.written) {
                present.clear();
            } else {
                failed = 1;
            }
            present.add(seen);
        }

        void verifyAfterCrash() {
            StorageFixture crashed;
            try {
                crashed =
                        fixture.crashed(fixture.directory.resolveSibling(fixture.directory.getFileName() + "-crashed"));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            StorageEngine engine = open(crashed);
            expect(engine);
            engine.flush();
            engine.compact();
            crashed.scheduler.runOffered();
            expect(engine);
            assertThat(engine.isCompacted()).isTrue();
            assertThat(engine.info().compactions().failedCount()).isZero();
            engine.close();
        }

        private void expect(StorageEngine engine) {
            allowed.forEach((key, values) -> {
                Cell found = engine.read(CITIES.id(), key(key));
                boolean live = found != null && found.isLive(clock.micros);
                String seen = live ? new String(Objects.requireNonNull(found).value(), StandardCharsets.UTF_8) : ABSENT;
                assertThat(seen)
                        .as("%s after a failure at call %d", key, failingCall)
                        .isIn(values);
            });
        }

        private StorageEngine open(StorageFixture of) {
            of.scheduler = new ManualScheduler();
            StorageConfig config = new StorageConfig(
                    of.directory,
                    16,
                    Durability.PERIODIC,
                    100_000_000L,
                    1 << 20,
                    256 * 1024,
                    512,
                    0,
                    new CompactionLimits(GRACE_MICROS, 0, 5_000, 50_000));
            StorageEngine engine = StorageEngine.open(config, of.files, clock, of.scheduler, RandomSource.seeded(1));
            engine.createMap(CITIES);
            engine.repairedUntil((map, first, last) -> clock.micros);
            return engine;
        }
    }

    private static final class SetClock implements Clock {
        private long micros = 1_000_000;

        @Override
        public long wallMicros() {
            return micros;
        }

        @Override
        public long monotonicNanos() {
            return micros * 1_000;
        }
    }
}
