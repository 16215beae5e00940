package io.kvmesh.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.Durability;
import io.kvmesh.api.KvException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.model.Version;
import io.kvmesh.replica.RingFence.Verdict;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.SystemClock;
import io.kvmesh.storage.ManualScheduler;
import io.kvmesh.storage.StorageConfig;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.storage.WriteCallback;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class RingFenceTest {
    private static final long RING = 0xA1;
    private static final int WRITERS = 3;
    private static final int STATES = 1_000;
    private static final MapDescriptor MAP = MapDescriptor.of("cities", "string.1", "string.1");

    @TempDir
    Path directory;

    private final RingFence fence = new RingFence();
    private StorageEngine engine;

    @BeforeEach
    void open() {
        StorageConfig config =
                new StorageConfig(directory, 16, Durability.PERIODIC, 1_000_000, 1 << 28, 1 << 22, 512, 1 << 20);
        engine = StorageEngine.open(
                config, new DiskFileSystem(), new SystemClock(), new ManualScheduler(), RandomSource.seeded(1));
        engine.createMap(MAP);
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private static RingEpoch state(long number) {
        return new RingEpoch(RING, number);
    }

    @Test
    void withoutARingOnBothSidesEverythingIsServed() {
        assertThat(fence.admit(3, RingEpoch.NONE)).isEqualTo(Verdict.SERVED);
        assertThat(fence.olderWritesAreIn()).isTrue();
        assertThat(fence.epoch()).isEqualTo(RingEpoch.NONE);
    }

    @Test
    void aMemberWithoutARingIsBehindAllThatHaveOne() {
        assertThat(fence.admit(3, state(1))).isEqualTo(Verdict.BEHIND);
    }

    @Test
    void whatChangedSinceTheSendersStateIsStale() {
        fence.adopt(state(7), new long[] {1, 5, 7});
        assertThat(fence.admit(0, state(1))).isEqualTo(Verdict.SERVED);
        assertThat(fence.admit(1, state(4))).isEqualTo(Verdict.STALE);
        assertThat(fence.admit(1, state(5))).isEqualTo(Verdict.SERVED);
        assertThat(fence.admit(2, state(6))).isEqualTo(Verdict.STALE);
        assertThat(fence.admit(2, state(7))).isEqualTo(Verdict.SERVED);
    }

    @Test
    void laterStatesThanTheOwnAreAheadWhateverThePartition() {
        fence.adopt(state(7), new long[] {1, 5, 7});
        assertThat(fence.admit(0, state(8))).isEqualTo(Verdict.BEHIND);
    }

    @Test
    void otherRingsAndNoRingAreStale() {
        fence.adopt(state(7), new long[] {1, 5, 7});
        assertThat(fence.admit(0, new RingEpoch(0xB2, 7))).isEqualTo(Verdict.STALE);
        assertThat(fence.admit(0, new RingEpoch(0xB2, 9))).isEqualTo(Verdict.STALE);
        assertThat(fence.admit(0, RingEpoch.NONE)).isEqualTo(Verdict.STALE);
    }

    @Test
    void ofSeveralPartitionsTheOneThatChangedLastCounts() {
        fence.adopt(state(7), new long[] {1, 5, 7});
        assertThat(fence.admit(0, 1, state(5))).isEqualTo(Verdict.SERVED);
        assertThat(fence.admit(0, 2, state(5))).isEqualTo(Verdict.STALE);
        assertThat(fence.admit(0, 0xFFFF, state(7))).as("to the end of the map").isEqualTo(Verdict.SERVED);
    }

    @Test
    void anotherRingMayBeAdoptedAndTheSameDoesNotGoBack() {
        fence.adopt(state(7), new long[] {1});
        RingEpoch other = new RingEpoch(0xB2, 2);
        fence.adopt(other, new long[] {2});
        assertThat(fence.epoch()).isEqualTo(other);
        assertThat(fence.admit(0, state(7))).isEqualTo(Verdict.STALE);
        assertThatThrownBy(() -> fence.adopt(new RingEpoch(0xB2, 1), new long[] {1}))
                .hasMessageContaining("went back from state 2");
    }

    @Test
    void whatIsServedIsNotRefused() {
        assertThat(Verdict.STALE.refusal()).isEqualTo(Refusal.RING_STALE);
        assertThat(Verdict.BEHIND.refusal()).isEqualTo(Refusal.RING_BEHIND);
        assertThatThrownBy(Verdict.SERVED::refusal).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void aWriteThatIsNotAdmittedLeavesNothing() {
        fence.adopt(state(7), new long[] {7});
        Answers answers = new Answers();
        assertThat(fence.write(engine, state(6), mutation(1), answers)).isEqualTo(Verdict.STALE);
        assertThat(fence.write(engine, state(8), mutation(1), answers)).isEqualTo(Verdict.BEHIND);
        assertThat(answers.count).hasValue(0);
        assertThat(engine.read(MAP.id(), key(1))).isNull();
        assertThat(fence.write(engine, state(7), mutation(1), answers)).isEqualTo(Verdict.SERVED);
        assertThat(answers.count).hasValue(1);
        assertThat(engine.read(MAP.id(), key(1))).isNotNull();
    }

    @Test
    void aWriteUnderWayKeepsOlderWritesFromBeingIn() {
        fence.adopt(state(1), new long[] {1});
        boolean[] seenInside = new boolean[2];
        WriteCallback adoptsMeanwhile = new WriteCallback() {
            @Override
            public void onWritten(@Nullable Version newer) {
                fence.adopt(state(2), new long[] {2});
                seenInside[0] = fence.olderWritesAreIn();
                fence.adopt(state(3), new long[] {2});
                seenInside[1] = fence.olderWritesAreIn();
            }

            @Override
            public void onFailed(KvException reason) {
                throw reason;
            }
        };
        fence.write(engine, state(1), mutation(1), adoptsMeanwhile);
        assertThat(seenInside).as("while the write is inside").containsExactly(false, false);
        assertThat(fence.olderWritesAreIn()).isTrue();
    }

    @Test
    void aWriteThatThrowsLeavesTheFence() {
        fence.adopt(state(1), new long[] {1});
        Mutation ofUnknownMap = new Mutation(
                MapDescriptor.of("no", "a", "b").id(), key(1), mutation(1).cell());
        assertThatThrownBy(() -> fence.write(engine, state(1), ofUnknownMap, new Answers()))
                .isInstanceOf(RuntimeException.class);
        fence.adopt(state(2), new long[] {1});
        assertThat(fence.olderWritesAreIn()).isTrue();
    }

    /** What a reader finds once older writes are in is all that was ever admitted under an older state. */
    @Test
    void noWriteOfAnOlderStateAppearsBehindTheReader() throws Exception {
        fence.adopt(state(1), new long[] {1});
        AtomicBoolean stopped = new AtomicBoolean();
        AtomicInteger lastKey = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                running.add(threads.submit(() -> {
                    while (!stopped.get()) {
                        writeOne(lastKey.incrementAndGet());
                    }
                }));
            }
            List<Glance> glances = new ArrayList<>();
            for (int number = 2; number <= STATES; number++) {
                fence.adopt(state(number), new long[] {number});
                int around = lastKey.get();
                while (!fence.olderWritesAreIn()) {
                    Thread.onSpinWait();
                }
                glances.add(new Glance(number, around, olderKeys(number, around)));
            }
            stopped.set(true);
            for (Future<?> each : running) {
                each.get();
            }
            for (Glance glance : glances) {
                assertThat(olderKeys(glance.state, glance.around))
                        .as("writes of states before %s", glance.state)
                        .isEqualTo(glance.found);
            }
            assertThat(glances).anySatisfy(glance -> assertThat(glance.found).isNotEmpty());
        } finally {
            stopped.set(true);
            threads.shutdown();
        }
    }

    private void writeOne(int key) {
        RingEpoch asked = fence.epoch();
        fence.write(engine, asked, mutation(key, asked.number()), new Answers());
    }

    /** What a reader found of the states before one, when their writes were said to be in. */
    private record Glance(int state, int around, List<Integer> found) {}

    private List<Integer> olderKeys(int state, int around) {
        List<Integer> found = new ArrayList<>();
        for (int key = around - 20; key <= around + 20; key++) {
            Cell cell = engine.read(MAP.id(), key(key));
            if (cell != null && cell.version().origin().value() < state) {
                found.add(key);
            }
        }
        return found;
    }

    private static Key key(int number) {
        return Key.of(
                0, new byte[] {(byte) (number >> 24), (byte) (number >> 16), (byte) (number >> 8), (byte) number});
    }

    private static Mutation mutation(int key) {
        return mutation(key, 1);
    }

    /** A write whose origin tells the state of the ring that it was sent by. */
    private static Mutation mutation(int key, long state) {
        return new Mutation(MAP.id(), key(key), Cell.of(new byte[] {1}, new Version(1, new NodeId(state))));
    }

    private static final class Answers implements WriteCallback {
        final AtomicInteger count = new AtomicInteger();

        @Override
        public void onWritten(@Nullable Version newer) {
            count.incrementAndGet();
        }

        @Override
        public void onFailed(KvException reason) {
            throw reason;
        }
    }
}
