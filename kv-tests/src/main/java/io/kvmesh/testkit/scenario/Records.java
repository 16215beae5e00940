package io.kvmesh.testkit.scenario;

import io.kvmesh.api.KvMap;
import io.kvmesh.testkit.bench.RecordPattern;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * The records that are written through one member, and what was acknowledged of them. Each record has one writing
 * thread; any thread may read.
 *
 * <p>The sequence in a record's value grows with each write. A read that finds a smaller one than was acknowledged
 * before has lost a write.
 */
final class Records {
    /** What is read of a record that is not there. */
    static final long ABSENT = 0;

    private final KvMap<Long, byte[]> map;
    private final int first;
    private final int step;
    private final int valueBytes;
    private final AtomicLongArray acknowledged;
    private final AtomicLongArray tried;

    /**
     * Of {@code records} records those whose number, modulo {@code step}, is {@code first}.
     *
     * @param valueBytes the size of each value
     */
    Records(KvMap<Long, byte[]> map, int records, int first, int step, int valueBytes) {
        this.map = map;
        this.first = first;
        this.step = step;
        this.valueBytes = valueBytes;
        int count = (records - first + step - 1) / step;
        acknowledged = new AtomicLongArray(count);
        tried = new AtomicLongArray(count);
    }

    int count() {
        return acknowledged.length();
    }

    /** Writes the next value of a record. */
    void write(int index) {
        long sequence = tried.incrementAndGet(index);
        map.set(key(index), RecordPattern.make(valueBytes, key(index), 0, sequence));
        acknowledged.set(index, sequence);
    }

    /**
     * Reads a record.
     *
     * @return what is wrong with what was read, or null
     */
    @Nullable
    String read(int index) {
        long before = acknowledged.get(index);
        byte @Nullable [] value = map.get(key(index));
        if (value != null) {
            String fault = RecordPattern.fault(value, key(index));
            if (fault != null) {
                return fault;
            }
        }
        long sequence = value == null ? ABSENT : RecordPattern.sequence(value);
        return sequence >= before
                ? null
                : "record " + key(index) + " holds " + sequence + " where " + before + " was acknowledged";
    }

    /** How often a record's writes were acknowledged. */
    long[] snapshot() {
        long[] now = new long[count()];
        for (int i = 0; i < now.length; i++) {
            now[i] = acknowledged.get(i);
        }
        return now;
    }

    /** The bytes of key and value of one write. */
    int bytesOfOne() {
        return Long.BYTES + valueBytes;
    }

    private long key(int index) {
        return (long) index * step + first;
    }
}
