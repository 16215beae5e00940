package io.kvmesh.storage.memtable;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.RandomSource;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Readers of a memtable that is written meanwhile, on threads of their own. */
class MemtableRaceTest {
    private static final int ROUNDS = 150;
    private static final int KEYS = 4_000;
    private static final int LATEST = 40;

    /** A memtable and how many of its keys were put. */
    private static final class Round {
        private final Memtable memtable = new Memtable();
        private final List<Key> keys = new ArrayList<>();
        private final AtomicInteger acknowledged = new AtomicInteger();

        Round(long seed) {
            RandomSource random = RandomSource.seeded(seed);
            for (int i = 0; i < KEYS; i++) {
                int number = random.nextInt(1 << 24);
                // One in two rounds has keys that differ only in what is compared last.
                int at = seed % 2 == 0 ? 2 : 20;
                byte[] bytes = ByteBuffer.allocate(at + 8)
                        .putInt(at, number)
                        .putInt(at + 4, i)
                        .array();
                keys.add(Key.ofStorageBytes(bytes));
            }
        }

        void write() {
            for (int i = 0; i < KEYS; i++) {
                memtable.put(keys.get(i), Cell.of(new byte[0], new Version(i + 1, new NodeId(1))), 1);
                acknowledged.set(i + 1);
            }
        }
    }

    /** Does something with a round that is being written, and says what was wrong. */
    private interface Reader {
        @Nullable
        String fault(Round round, int acknowledged, RandomSource random);
    }

    @Test
    void keysThatWerePutAreFound() throws InterruptedException {
        race((round, acknowledged, random) -> {
            int index = acknowledged - 1 - random.nextInt(Math.min(LATEST, acknowledged));
            return round.memtable.get(round.keys.get(index)) == null ? "key " + index + " is missing" : null;
        });
    }

    @Test
    void neighboursOfKeysThatWerePutAreFound() throws InterruptedException {
        race((round, acknowledged, random) -> {
            Key key = round.keys.get(acknowledged - 1 - random.nextInt(Math.min(LATEST, acknowledged)));
            MemtableCursor cursor = round.memtable.cursor();
            if (!cursor.seek(key) || !cursor.key().equals(key)) {
                return "a seek misses " + key;
            }
            byte[] behind = new byte[key.length() + 1];
            System.arraycopy(key.bytes(), 0, behind, 0, key.length());
            boolean found = cursor.seekBefore(Key.ofStorageBytes(behind));
            return found && cursor.key().equals(key) ? null : "a seek before misses " + key;
        });
    }

    @Test
    void walksShowAllKeysThatWerePutBefore() throws InterruptedException {
        race((round, acknowledged, random) -> {
            boolean isForward = random.chance(0.5);
            MemtableCursor cursor = round.memtable.cursor();
            long stamps = 0;
            Key shown = null;
            for (boolean more = isForward ? cursor.first() : cursor.last();
                    more;
                    more = isForward ? cursor.next() : cursor.previous()) {
                if (shown != null && (cursor.compareTo(shown) > 0) != isForward) {
                    return "a walk goes back at " + cursor.key();
                }
                shown = cursor.key();
                stamps += cursor.cell().version().timestampMicros() <= acknowledged ? 1 : 0;
            }
            return stamps == acknowledged ? null : "a walk shows " + stamps + " of " + acknowledged;
        });
    }

    private static void race(Reader reader) throws InterruptedException {
        AtomicReference<@Nullable String> fault = new AtomicReference<>();
        for (int seed = 0; seed < ROUNDS && fault.get() == null; seed++) {
            Round round = new Round(seed);
            RandomSource random = RandomSource.seeded(seed);
            Thread writer = new Thread(round::write, "writer");
            writer.start();
            int acknowledged = 0;
            while (acknowledged < KEYS && fault.get() == null) {
                acknowledged = round.acknowledged.get();
                fault.set(acknowledged == 0 ? null : reader.fault(round, acknowledged, random));
            }
            writer.join();
        }
        assertThat(fault).hasNullValue();
    }
}
