package io.kvmesh.testkit.bench.storage;

import org.jspecify.annotations.Nullable;

/**
 * An engine that is measured, open on one directory. Safe for any thread, but for {@link #close}, which is called when
 * no other call runs.
 *
 * <p>Arrays that are passed in belong to the engine from then on and are not written to any more. A call that fails
 * throws; a write that returned is there for every later read.
 */
public interface BenchEngine extends AutoCloseable {

    /** Writes one entry. If the engine was opened for synced writes, it is on stable storage on return. */
    void put(byte[] key, byte[] value);

    /** Writes entries in the way that is the fastest for the engine, all of them or one by one. */
    default void putBatch(byte[][] keys, byte[][] values) {
        for (int i = 0; i < keys.length; i++) {
            put(keys[i], values[i]);
        }
    }

    /** The value of a key, or null if there is none. */
    byte @Nullable [] get(byte[] key);

    /**
     * Walks entries in ascending order.
     *
     * @param from the first key, if it is there; else the next one
     * @return how many entries the visitor got, at most the limit
     */
    long scan(byte[] from, long limit, EntryVisitor visitor);

    /** Brings everything from memory to files, as far as the engine does such a thing. */
    void flush();

    /** Brings everything to files and waits until the engine has no work left to do in the background. */
    void settle();

    /** The bytes of the files that hold the entries, without those of a log. */
    long tableBytes();

    @Override
    void close();

    /** Sees the entries of a scan. */
    @FunctionalInterface
    interface EntryVisitor {
        /** One entry, in pieces of arrays that may be used until the visitor returns. */
        void entry(byte[] key, int keyOffset, int keyBytes, byte[] value, int valueOffset, int valueBytes);

        /** As above, in arrays of its own; the key ends with its array. */
        default void entry(byte[] key, int keyOffset, byte[] value) {
            entry(key, keyOffset, key.length - keyOffset, value, 0, value.length);
        }
    }
}
