package io.kvmesh.storage.memtable;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Numbers in arrays of bytes. Stateless.
 *
 * <p>Only four-byte numbers at offsets that four divides are published: these are written and read as a whole. The
 * order is kept by fences, since views of byte arrays have no ordered access from JDK 23 on.
 *
 * <p>The checker of interleavings knows this class, and no other one, as a place where threads meet.
 */
final class Words {
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private Words() {}

    /** Whoever sees what {@link #publishInt} wrote sees all that was written before it. */
    static int seenInt(byte[] bytes, int offset) {
        int seen = (int) INTS.get(bytes, offset);
        VarHandle.acquireFence();
        return seen;
    }

    /** As {@link #seenInt}, and not before anything that was read earlier. */
    static int seenAgain(byte[] bytes, int offset) {
        VarHandle.acquireFence();
        return seenInt(bytes, offset);
    }

    /** Whoever sees what is written from here on sees what was published before. */
    static void beforeLaterWrites() {
        VarHandle.releaseFence();
    }

    static void publishInt(byte[] bytes, int offset, int value) {
        VarHandle.releaseFence();
        INTS.set(bytes, offset, value);
    }

    static int getInt(byte[] bytes, int offset) {
        return (int) INTS.get(bytes, offset);
    }

    static void setInt(byte[] bytes, int offset, int value) {
        INTS.set(bytes, offset, value);
    }

    /** Eight bytes, such that their order unsigned is that of the bytes. */
    static long getLong(byte[] bytes, int offset) {
        return (long) LONGS.get(bytes, offset);
    }

    static void setLong(byte[] bytes, int offset, long value) {
        LONGS.set(bytes, offset, value);
    }
}
