package io.kvmesh.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class ReaderEpochsTest {
    private final ReaderEpochs epochs = new ReaderEpochs();
    private final AtomicInteger ran = new AtomicInteger();

    private void advanceOften() {
        for (int i = 0; i < 10; i++) {
            epochs.advance();
        }
    }

    @Test
    void whatNobodySeesIsDueAtOnce() {
        epochs.retire(ran::incrementAndGet);
        advanceOften();
        assertThat(ran).hasValue(1);
    }

    @Test
    void whatAReaderMaySeeWaitsUntilItHasLeft() {
        int inside = epochs.enter();
        epochs.retire(ran::incrementAndGet);
        advanceOften();
        assertThat(ran).hasValue(0);
        epochs.leave(inside);
        advanceOften();
        assertThat(ran).hasValue(1);
    }

    @Test
    void whoEntersLaterKeepsNothingBack() {
        int before = epochs.enter();
        epochs.retire(ran::incrementAndGet);
        int after = epochs.enter();
        epochs.leave(before);
        advanceOften();
        int later = epochs.enter();
        epochs.leave(after);
        advanceOften();
        assertThat(ran).hasValue(1);
        epochs.leave(later);
    }

    @Test
    void aReaderMayEnterTwice() {
        int outer = epochs.enter();
        int inner = epochs.enter();
        epochs.retire(ran::incrementAndGet);
        epochs.leave(inner);
        advanceOften();
        assertThat(ran).hasValue(0);
        epochs.leave(outer);
        advanceOften();
        assertThat(ran).hasValue(1);
    }

    @Test
    void whatIsRetiredBeyondTheBoundIsForgotten() {
        int inside = epochs.enter();
        for (int i = 0; i < ReaderEpochs.RETIRED_MAX + 5; i++) {
            epochs.retire(ran::incrementAndGet);
        }
        epochs.leave(inside);
        advanceOften();
        assertThat(ran).hasValue(ReaderEpochs.RETIRED_MAX);
    }

    @Test
    void noReaderEverSeesAnArrayThatIsWrittenAgain() throws InterruptedException {
        int bytes = 64;
        ArrayPool pool = new ArrayPool(bytes, 64);
        AtomicReference<byte[]> visible = new AtomicReference<>(new byte[bytes]);
        AtomicBoolean ended = new AtomicBoolean();
        AtomicInteger torn = new AtomicInteger();
        AtomicInteger reads = new AtomicInteger();
        List<Thread> readers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            readers.add(DaemonThreads.create("reader" + i, () -> {
                while (!ended.get()) {
                    int inside = pool.readers().enter();
                    byte[] array = Objects.requireNonNull(visible.get());
                    byte first = array[0];
                    for (byte each : array) {
                        torn.addAndGet(each == first ? 0 : 1);
                    }
                    pool.readers().leave(inside);
                    reads.incrementAndGet();
                }
            }));
        }
        readers.forEach(Thread::start);
        Set<byte[]> given = Collections.newSetFromMap(new IdentityHashMap<>());
        int again = 0;
        for (int i = 0; i < 100_000 || reads.get() < 10_000; i++) {
            byte[] next = pool.take();
            again += given.add(next) ? 0 : 1;
            Arrays.fill(next, (byte) i);
            byte[] previous = Objects.requireNonNull(visible.getAndSet(next));
            pool.retire(List.of(previous), () -> false);
        }
        ended.set(true);
        for (Thread reader : readers) {
            reader.join();
        }
        assertThat(torn).hasValue(0);
        assertThat(again).isPositive();
    }
}
