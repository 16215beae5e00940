package io.kvmesh.crash;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/**
 * Counts the I/O calls of one member in a mesh's story of writes, a flush and a restart, then repeats the story with
 * that member's disk failing, or the member crashing in the middle of the call, at call 1, 2, 3 ... to the end. After
 * each run everything acknowledged by a quorum is there.
 *
 * <p>To save time only every so many calls are taken, beginning at another one each for the faults;
 * {@code -Dkvmesh.every-io-stride=1} takes them all.
 */
class MeshFailAtEveryIoTest {
    private static final int STRIDE = Integer.getInteger("kvmesh.every-io-stride", 3);

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
    void whatAQuorumAcknowledgedIsThereAfterAFaultAtAnyCall(MeshStory.Fault fault) {
        MeshStory undisturbed = new MeshStory(fault, 0);
        undisturbed.play();
        assertThat(undisturbed.refused()).isZero();
        assertThat(undisturbed.hurt()).isFalse();
        long calls = undisturbed.callsInStory();
        int first = 1 + Math.floorMod(fault.name().hashCode(), STRIDE);
        long hurt = LongStream.iterate(first, call -> call <= calls, call -> call + STRIDE)
                .filter(call -> playedAndWasHurt(fault, call))
                .count();
        assertThat(hurt).as("stories of which the fault was a part").isGreaterThan(calls / STRIDE / 4);
    }

    private static boolean playedAndWasHurt(MeshStory.Fault fault, long call) {
        MeshStory story = new MeshStory(fault, call);
        try {
            story.play();
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(fault + " at call " + call, e);
        }
        return story.hurt();
    }
}
