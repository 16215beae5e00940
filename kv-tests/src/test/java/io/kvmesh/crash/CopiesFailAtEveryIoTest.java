package io.kvmesh.crash;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/**
 * Counts the I/O calls of a story in which a member takes snapshots, makes backups, deletes some of them, and is
 * restored; then repeats it with something going wrong at call 1, 2, 3 ... to the end. After each run everything that
 * was reported as done is whole, and the store has lost nothing.
 */
class CopiesFailAtEveryIoTest {
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
    void whatWasReportedAsDoneIsWholeAfterAFailureOfAnyCall(CopiesStory.Fault fault) {
        CopiesStory undisturbed = new CopiesStory(fault, 0);
        undisturbed.play();
        undisturbed.verify();
        assertThat(undisturbed.done()).isEqualTo(EnumSet.allOf(CopiesStory.Step.class));
        long calls = undisturbed.callsInStory();
        assertThat(calls).isGreaterThan(150);
        int hurt = 0;
        for (long call = 1; call <= calls; call++) {
            CopiesStory story = new CopiesStory(fault, call);
            try {
                story.play();
                story.verify();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("failed with " + fault + " at call " + call + " of " + calls, e);
            }
            hurt += story.done().equals(undisturbed.done()) ? 0 : 1;
        }
        assertThat(hurt).as("stories that did not go as without faults").isGreaterThan((int) (calls / 2));
    }
}
