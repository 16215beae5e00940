package io.kvmesh.storage.log;

/**
 * A place in the commit log in one number that grows along the log: the segment in the upper 32 bits, the offset in it
 * in the lower. Stateless.
 */
public final class LogPosition {
    /** Before everything. */
    public static final long START = 0;

    private LogPosition() {}

    static long of(int segmentId, int offset) {
        return (long) segmentId << 32 | offset;
    }

    public static int segmentId(long position) {
        return (int) (position >>> 32);
    }

    static int offset(long position) {
        return (int) position;
    }
}
