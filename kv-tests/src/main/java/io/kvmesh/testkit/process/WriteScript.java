package io.kvmesh.testkit.process;

import io.kvmesh.api.KvMap;
import io.kvmesh.testkit.bench.RecordPattern;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What each writer does at each sequence number: parent and child process compute the same. Writers share no key.
 * Immutable.
 *
 * <p>A writer starts an operation only after the one before it was acknowledged, so at any moment at most one operation
 * of a writer is in doubt.
 */
public record WriteScript(int writers, int keys, int valueBytes) {
    /** What is read of a key that has no value. */
    public static final long ABSENT = 0;

    private static final int DELETE_ONE_OF = 10;

    /** One operation: a delete, or a write of a value that carries the sequence. */
    public record Operation(int key, long sequence, boolean delete) {
        /** What a read yields after it: the sequence in the value, or {@link #ABSENT}. */
        public long effect() {
            return delete ? ABSENT : sequence;
        }
    }

    public Operation operation(int writer, long sequence) {
        long hash = (sequence * 31 + writer) * 0x9E3779B97F4A7C15L;
        hash = (hash ^ (hash >>> 29)) * 0xBF58476D1CE4E5B9L;
        hash ^= hash >>> 32;
        int key = (int) Long.remainderUnsigned(hash >>> 8, keys / writers) * writers + writer;
        return new Operation(key, sequence, Long.remainderUnsigned(hash, DELETE_ONE_OF) == 0);
    }

    public int writerOf(int key) {
        return key % writers;
    }

    public static String keyName(int key) {
        return String.format(Locale.ROOT, "key-%06d", key);
    }

    public void apply(KvMap<String, byte[]> map, Operation operation) {
        String name = keyName(operation.key());
        if (operation.delete()) {
            map.delete(name);
        } else {
            int writer = writerOf(operation.key());
            map.set(name, RecordPattern.make(valueBytes, operation.key(), writer, operation.sequence()));
        }
    }

    /**
     * What a key holds: the sequence in its value, or {@link #ABSENT}.
     *
     * @throws IllegalStateException if the value is damaged or belongs to another key
     */
    public static long read(KvMap<String, byte[]> map, int key) {
        byte @Nullable [] value = map.get(keyName(key));
        if (value == null) {
            return ABSENT;
        }
        String fault = RecordPattern.fault(value, key);
        if (fault != null) {
            throw new IllegalStateException(fault);
        }
        return RecordPattern.sequence(value);
    }
}
