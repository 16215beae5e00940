package io.kvmesh.storage.memtable;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.RandomSource;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * Measures the memtable against a {@link ConcurrentSkipListMap} of cells: arguments are the value size, the entries and
 * the rounds. Used by one thread.
 */
final class MemtableBench {
    private MemtableBench() {}

    /** What is measured. */
    private interface Sorted {
        void put(Key key, Cell cell);

        @Nullable
        Cell get(Key key);

        int walk();
    }

    /** Of this library. */
    private static final class OfArena implements Sorted {
        private final Memtable memtable = new Memtable();

        @Override
        public void put(Key key, Cell cell) {
            memtable.put(key, cell, 1);
        }

        @Override
        public @Nullable Cell get(Key key) {
            return memtable.get(key);
        }

        @Override
        public int walk() {
            int sum = 0;
            MemtableCursor cursor = memtable.cursor();
            for (boolean more = cursor.first(); more; more = cursor.next()) {
                sum += cursor.key().length() + cursor.cell().value().length;
            }
            return sum;
        }
    }

    /** Of the JDK. Copies what is put, as a caller's arrays do not last. */
    private static final class OfSkipListMap implements Sorted {
        private final ConcurrentSkipListMap<Key, Cell> cells = new ConcurrentSkipListMap<>();

        @Override
        public void put(Key key, Cell cell) {
            Cell copy = Cell.of(cell.value().clone(), cell.version());
            cells.merge(key, copy, Cell::newest);
        }

        @Override
        public @Nullable Cell get(Key key) {
            return cells.get(key);
        }

        @Override
        public int walk() {
            int sum = 0;
            for (var entry : cells.entrySet()) {
                sum += entry.getKey().length() + entry.getValue().value().length;
            }
            return sum;
        }
    }

    public static void main(String[] arguments) {
        int valueBytes = Integer.parseInt(arguments[0]);
        int entries = Integer.parseInt(arguments[1]);
        int rounds = Integer.parseInt(arguments[2]);
        for (int round = 0; round < rounds; round++) {
            measure("skip list map", new OfSkipListMap(), new OfSkipListMap(), valueBytes, entries);
            measure("arena", new OfArena(), new OfArena(), valueBytes, entries);
        }
    }

    private static void measure(String what, Sorted sequential, Sorted shuffled, int valueBytes, int entries) {
        System.gc();
        double sequentialPut = puts(sequential, valueBytes, entries, false);
        double sequentialGet = gets(sequential, entries, false);
        System.gc();
        double randomPut = puts(shuffled, valueBytes, entries, true);
        double randomGet = gets(shuffled, entries, true);
        double overwrite = puts(shuffled, valueBytes, entries, true);
        long start = System.nanoTime();
        int sum = shuffled.walk();
        double walk = (double) (System.nanoTime() - start) / entries;
        System.out.printf(
                Locale.ROOT,
                "%-14s %5d B x %d, ns: put seq %.0f random %.0f overwrite %.0f; get seq %.0f random %.0f; walk %.0f"
                        + " (%d)%n",
                what,
                valueBytes,
                entries,
                sequentialPut,
                randomPut,
                overwrite,
                sequentialGet,
                randomGet,
                walk,
                sum);
    }

    private static double puts(Sorted target, int valueBytes, int entries, boolean shuffled) {
        byte[] value = new byte[valueBytes];
        RandomSource random = RandomSource.seeded(7);
        long start = System.nanoTime();
        for (int i = 0; i < entries; i++) {
            Cell cell = Cell.of(value, new Version(System.nanoTime(), new NodeId(1)));
            target.put(key(shuffled ? random.nextInt(entries) : i), cell);
        }
        return (double) (System.nanoTime() - start) / entries;
    }

    private static double gets(Sorted source, int entries, boolean shuffled) {
        RandomSource random = RandomSource.seeded(8);
        long found = 0;
        long start = System.nanoTime();
        for (int i = 0; i < entries; i++) {
            Cell cell = source.get(key(shuffled ? random.nextInt(entries) : i));
            found += cell == null ? 0 : cell.value().length;
        }
        double nanos = (double) (System.nanoTime() - start) / entries;
        if (found == 0) {
            throw new IllegalStateException("nothing was found");
        }
        return nanos;
    }

    private static Key key(int number) {
        return Key.ofStorageBytes(ByteBuffer.allocate(16).putLong(8, number).array());
    }
}
