package io.kvmesh.testkit.bench.storage;

import io.kvmesh.runtime.RandomSource;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;

/**
 * The records of one process on one engine: writes them and reads them with a check of every value. Safe for any
 * thread, as long as no two threads write the same record.
 *
 * <p>A read must not return anything older than what was acknowledged before it began.
 */
final class Records {
    /** The version of what {@code fillseq} and {@code fillrandom} write. */
    static final int FIRST_VERSION = 1;

    private static final int SAMPLE = 10_000;

    private final BenchEngine engine;
    private final int entries;
    private final int valueBytes;
    /** The version of each record that was acknowledged last; 0 if this process wrote none. */
    private final AtomicIntegerArray acknowledged;

    Records(BenchEngine engine, int entries, int valueBytes) {
        this.engine = engine;
        this.entries = entries;
        this.valueBytes = valueBytes;
        acknowledged = new AtomicIntegerArray(entries);
    }

    int entries() {
        return entries;
    }

    void write(int record, int version, Meter meter) {
        byte[] key = BenchRecords.key(record);
        byte[] value = BenchRecords.value(valueBytes, record, version);
        long start = System.nanoTime();
        engine.put(key, value);
        meter.add(System.nanoTime() - start, 1);
        acknowledged.setRelease(record, version);
    }

    /** Writes records of these numbers, from one place in the order (inclusive) to another (exclusive), at once. */
    void writeBatch(int[] order, int from, int to, int version, Meter meter) {
        byte[][] keys = new byte[to - from][];
        byte[][] values = new byte[to - from][];
        for (int i = from; i < to; i++) {
            keys[i - from] = BenchRecords.key(order[i]);
            values[i - from] = BenchRecords.value(valueBytes, order[i], version);
        }
        long start = System.nanoTime();
        engine.putBatch(keys, values);
        meter.add(System.nanoTime() - start, to - from);
        for (int i = from; i < to; i++) {
            acknowledged.setRelease(order[i], version);
        }
    }

    void read(int record, Meter meter) {
        byte[] key = BenchRecords.key(record);
        int versionMin = acknowledged.getAcquire(record);
        long start = System.nanoTime();
        byte[] value = engine.get(key);
        meter.add(System.nanoTime() - start, 1);
        require(BenchRecords.fault(value, valueBytes, record, versionMin));
    }

    void readMissing(int record, Meter meter) {
        byte[] key = BenchRecords.missingKey(record);
        long start = System.nanoTime();
        byte[] value = engine.get(key);
        meter.add(System.nanoTime() - start, 1);
        if (value != null) {
            throw new WrongValueException("a key behind record " + record + " has a value, though nobody wrote it");
        }
    }

    /** Reads a run of records and expects each of them. */
    void scan(int first, int count, Meter meter) {
        ScanCheck check = new ScanCheck(first);
        long start = System.nanoTime();
        long seen = engine.scan(BenchRecords.key(first), count, check);
        meter.add(System.nanoTime() - start, 1);
        requireCount(seen, count, first);
    }

    /** Reads all records in one scan, which counts as many operations. */
    void scanAll(Meter meter) {
        ScanCheck check = new ScanCheck(0);
        long start = System.nanoTime();
        long seen = engine.scan(BenchRecords.key(0), Long.MAX_VALUE, check);
        meter.add(System.nanoTime() - start, seen);
        requireCount(seen, entries, 0);
    }

    /** Reads records at such distances that each block is read: a cache then has those that it can hold. */
    void warmUpCaches() {
        int stride = Math.max(1, EngineSettings.BLOCK_BYTES / (BenchRecords.KEY_BYTES + valueBytes) / 2);
        Meter unmeasured = new Meter();
        for (int record = 0; record < entries; record += stride) {
            read(record, unmeasured);
        }
    }

    /** Reads some records and expects what this process wrote last; records that it did not write must be there. */
    void sample(RandomSource random) {
        Meter unmeasured = new Meter();
        for (int i = 0; i < Math.min(SAMPLE, entries); i++) {
            read(random.nextInt(entries), unmeasured);
        }
    }

    /** Reads some of the records that this process wrote, where it did not write all. */
    void sampleWritten(RandomSource random) {
        Meter unmeasured = new Meter();
        for (int i = 0; i < SAMPLE; i++) {
            int record = random.nextInt(entries);
            if (acknowledged.getAcquire(record) > 0) {
                read(record, unmeasured);
            }
        }
    }

    private static void requireCount(long seen, long count, int first) {
        if (seen != count) {
            throw new WrongValueException(
                    "a scan from record " + first + " returned " + seen + " entries instead of " + count);
        }
    }

    private static void require(@Nullable String fault) {
        if (fault != null) {
            throw new WrongValueException(fault);
        }
    }

    /** Expects ascending records without a gap. Confined to one scan. */
    private final class ScanCheck implements BenchEngine.EntryVisitor {
        private int next;

        ScanCheck(int first) {
            next = first;
        }

        @Override
        public void entry(byte[] key, int keyOffset, int keyLength, byte[] value, int valueOffset, int valueLength) {
            require(BenchRecords.keyFault(key, keyOffset, keyLength, next));
            require(BenchRecords.fault(value, valueOffset, valueLength, valueBytes, next, 0));
            next++;
        }
    }
}
