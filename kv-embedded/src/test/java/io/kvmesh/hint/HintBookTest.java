package io.kvmesh.hint;

import static io.kvmesh.hint.Hints.OTHER;
import static io.kvmesh.hint.Hints.TARGET;
import static io.kvmesh.hint.Hints.created;
import static io.kvmesh.hint.Hints.hint;
import static io.kvmesh.hint.Hints.hints;
import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.metadata.Hint;
import io.kvmesh.metadata.HintStore.Kept;
import io.kvmesh.metadata.sqlite.SqliteHintStore;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HintBookTest {
    private static final long HINT_BYTES = hint(TARGET, 1).bytes();

    @TempDir
    private Path directory;

    private final HintCounters counters = new HintCounters();

    @Test
    void tooManyHintsForATargetDriveOutTheOldestOfThatTarget() {
        HintBook book = open(Hints.limits(5, 1 << 20));
        book.add(List.of(hint(OTHER, 1)));
        book.add(hints(TARGET, 4));
        book.add(List.of(hint(TARGET, 5), hint(TARGET, 6), hint(TARGET, 7)));
        assertThat(created(book.page(TARGET, Hint.NO_ID))).containsExactly(3L, 4L, 5L, 6L, 7L);
        assertThat(book.kept().get(TARGET)).isEqualTo(new Kept(5, 5 * HINT_BYTES, 3));
        assertThat(book.kept().get(OTHER)).isEqualTo(new Kept(1, HINT_BYTES, 1));
        assertThat(counters.dropped.get()).isEqualTo(2);
        book.close();
    }

    @Test
    void tooManyBytesForATargetDriveOutTheOldest() {
        HintBook book = open(Hints.limits(1_000, 3 * HINT_BYTES));
        book.add(hints(TARGET, 3));
        book.add(List.of(hint(TARGET, 4)));
        assertThat(created(book.page(TARGET, Hint.NO_ID))).containsExactly(2L, 3L, 4L);
        assertThat(counters.dropped.get()).isEqualTo(1);
        assertThat(book.bytes()).isEqualTo(3 * HINT_BYTES);
        book.close();
    }

    @Test
    void hintsExpireByTheTimeOfTheirCreation() {
        HintBook book = open(HintLimits.DEFAULT);
        book.add(hints(TARGET, 600));
        book.add(hints(OTHER, 2));
        book.expire(501);
        assertThat(book.kept().get(TARGET)).isEqualTo(new Kept(100, 100 * HINT_BYTES, 501));
        assertThat(book.kept()).doesNotContainKey(OTHER);
        assertThat(counters.expired.get()).isEqualTo(502);
        book.close();
    }

    @Test
    void whatIsDeliveredAfterItWasDroppedIsNotCountedTwice() {
        HintBook book = open(Hints.limits(4, 1 << 20));
        book.add(hints(TARGET, 4));
        List<Hint> underWay = book.page(TARGET, Hint.NO_ID);
        book.add(List.of(hint(TARGET, 5), hint(TARGET, 6)));
        book.remove(TARGET, underWay.subList(0, 3));
        assertThat(created(book.page(TARGET, Hint.NO_ID))).containsExactly(4L, 5L, 6L);
        assertThat(book.kept().get(TARGET)).isEqualTo(new Kept(3, 3 * HINT_BYTES, 4));
        book.close();
    }

    @Test
    void itCountsTheSameAfterAReopening() {
        HintBook book = open(HintLimits.DEFAULT);
        book.add(hints(TARGET, 10));
        book.remove(TARGET, book.page(TARGET, Hint.NO_ID).subList(0, 4));
        Kept kept = new Kept(6, 6 * HINT_BYTES, 5);
        assertThat(book.kept()).containsEntry(TARGET, kept);
        book.close();
        HintBook again = open(HintLimits.DEFAULT);
        assertThat(again.kept()).containsEntry(TARGET, kept);
        again.remove(TARGET, again.page(TARGET, Hint.NO_ID));
        assertThat(again.kept()).isEmpty();
        again.close();
    }

    private HintBook open(HintLimits limits) {
        return new HintBook(SqliteHintStore.open(directory), limits, counters);
    }
}
