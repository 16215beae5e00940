package io.kvmesh.storage;

import static io.kvmesh.storage.StorageFixture.cell;
import static io.kvmesh.storage.StorageFixture.text;
import static io.kvmesh.storage.StorageFixture.write;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.kvmesh.api.Durability;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.RandomSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class RecoveryProgressTest {
    private static final int CITY_COUNT = 400;

    @TempDir
    Path temporary;

    /** Goes on by a step with every look at it. */
    private static final class SteppingClock implements Clock {
        private final long stepNanos;
        private long nanos;

        SteppingClock(long stepNanos) {
            this.stepNanos = stepNanos;
        }

        @Override
        public long wallMicros() {
            return nanos / 1_000;
        }

        @Override
        public long monotonicNanos() {
            nanos += stepNanos;
            return nanos;
        }
    }

    private List<String> linesOfARecovery(long stepNanos) throws IOException {
        StorageFixture fixture = new StorageFixture(temporary.resolve("store" + stepNanos));
        StorageConfig config = fixture.config(Durability.PERIODIC, 1024 * 1024, 4096);
        StorageEngine engine = fixture.open(config);
        for (int i = 0; i < CITY_COUNT; i++) {
            write(engine, "city" + i, cell("x".repeat(60) + i, 10));
        }
        StorageFixture crashed = fixture.crashed(temporary.resolve("crashed" + stepNanos));
        engine.close();
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        Logger logger = (Logger) LoggerFactory.getLogger(StorageOpening.class);
        logger.addAppender(lines);
        try {
            StorageEngine recovered = StorageEngine.open(
                    crashed.config(Durability.PERIODIC, 1024 * 1024, 4096),
                    crashed.files,
                    new SteppingClock(stepNanos),
                    new ManualScheduler(),
                    RandomSource.seeded(1));
            assertThat(text(recovered, "city" + (CITY_COUNT - 1))).isNotNull();
            recovered.close();
        } finally {
            logger.detachAppender(lines);
        }
        return lines.list.stream()
                .map(ILoggingEvent::getFormattedMessage)
                .filter(line -> line.startsWith("Recovering"))
                .toList();
    }

    @Test
    void aRecoveryThatTakesLongTellsHowFarItIs() throws IOException {
        List<String> lines = linesOfARecovery(TimeUnit.MILLISECONDS.toNanos(700));
        assertThat(lines)
                .hasSizeGreaterThan(1)
                .allSatisfy(line -> assertThat(line)
                        .contains(temporary.toString())
                        .containsPattern("\\d+ of \\d+ MB of the log after \\d+ s"));
        assertThat(lines.get(0)).endsWith("after 2 s");
    }

    @Test
    void aRecoveryOfAMomentTellsNothing() throws IOException {
        assertThat(linesOfARecovery(TimeUnit.MICROSECONDS.toNanos(100))).isEmpty();
    }
}
