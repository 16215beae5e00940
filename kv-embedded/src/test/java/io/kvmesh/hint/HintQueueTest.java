package io.kvmesh.hint;

import static io.kvmesh.hint.Hints.TARGET;
import static io.kvmesh.hint.Hints.hint;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.metadata.Hint;
import io.kvmesh.metadata.sqlite.SqliteHintStore;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HintQueueTest {
    @TempDir
    private Path directory;

    private final LaneTasks lane = new LaneTasks();
    private final HintCounters counters = new HintCounters();
    /** Ten hints may wait, 10,000 bytes of them; four are written down at once. */
    private final HintLimits limits = Hints.limits(100, 1_000);

    private final HintQueue queue = new HintQueue(lane, limits, counters);
    private final List<String> told = new ArrayList<>();
    private @Nullable HintBook opened;

    @BeforeEach
    void open() {
        opened = new HintBook(SqliteHintStore.open(directory), limits, counters);
    }

    @AfterEach
    void close() {
        book().close();
    }

    private HintBook book() {
        return Objects.requireNonNull(opened);
    }

    @Test
    void nobodyIsToldBeforeTheHintIsDurableAndManyAreWrittenDownAtOnce() {
        queue.use(book());
        for (int i = 1; i <= 6; i++) {
            offer(hint(TARGET, i));
        }
        assertThat(told).isEmpty();
        assertThat(lane.runOnce()).isEqualTo(1);
        assertThat(told).containsExactly("kept 1", "kept 2", "kept 3", "kept 4");
        assertThat(book().kept().get(TARGET)).matches(kept -> kept.count() == 4);
        lane.runAll();
        assertThat(told).hasSize(6);
        assertThat(counters.kept.get()).isEqualTo(6);
    }

    @Test
    void hintsWaitForTheBookToBeOpened() {
        offer(hint(TARGET, 1));
        lane.runAll();
        assertThat(told).isEmpty();
        queue.use(book());
        lane.runAll();
        assertThat(told).containsExactly("kept 1");
    }

    @Test
    void moreThanMayWaitAreRefused() {
        for (int i = 1; i <= 11; i++) {
            offer(hint(TARGET, i));
        }
        assertThat(told).containsExactly("not 11: more than 10 hints wait to be written down");
        assertThat(counters.refused.get()).isEqualTo(1);
    }

    @Test
    void moreBytesThanMayWaitAreRefused() {
        offer(large(1, 9_000));
        offer(large(2, 1_000));
        assertThat(told).containsExactly("not 2: more than 10000 bytes of hints wait to be written down");
    }

    @Test
    void whatIsTooMuchForAllTargetsTogetherIsRefused() {
        queue.use(book());
        for (int target = 1; target <= 3; target++) {
            offer(Hint.of(new NodeId(target), Hints.MAP, Key.of(0, new byte[1]), cell(900), target));
            lane.runAll();
        }
        assertThat(told).containsExactly("kept 1", "kept 2", "kept 3");
        offer(hint(TARGET, 4));
        lane.runAll();
        assertThat(told).last().isEqualTo("not 4: hints for all members take more than 2000 bytes");
    }

    @Test
    void onceShutItRefusesWhatWaitsAndWhatComesUntilItIsUsedAgain() {
        offer(hint(TARGET, 1));
        queue.shut("no store");
        offer(hint(TARGET, 2));
        assertThat(told).containsExactly("not 1: no store", "not 2: no store");
        queue.use(book());
        offer(hint(TARGET, 3));
        lane.runAll();
        assertThat(told).last().isEqualTo("kept 3");
        assertThat(counters.refused.get()).isEqualTo(2);
    }

    private void offer(Hint hint) {
        queue.offer(hint, new HintListener() {
            @Override
            public void onKept() {
                told.add("kept " + hint.createdMicros());
            }

            @Override
            public void onNotKept(String reason) {
                told.add("not " + hint.createdMicros() + ": " + reason);
            }
        });
    }

    private static Hint large(long createdMicros, int valueBytes) {
        return Hint.of(TARGET, Hints.MAP, Key.of(0, new byte[1]), cell(valueBytes), createdMicros);
    }

    private static Cell cell(int valueBytes) {
        return Cell.of(new byte[valueBytes], new Version(1, TARGET));
    }
}
