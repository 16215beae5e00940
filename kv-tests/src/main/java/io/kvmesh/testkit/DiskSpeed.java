package io.kvmesh.testkit;

import io.kvmesh.runtime.RandomSource;
import java.time.Duration;

/**
 * How long the calls of a disk take. Immutable.
 *
 * <p>A call takes a time of an exponential distribution above its minimum, cut at a hundred times its mean, and then
 * the time that its bytes take. A write into a segment is a copy into mapped memory and takes the time of its bytes
 * alone. A call of the node store or hint store takes the time of a sync, as every change of them is one.
 *
 * @param callMin no call but a write into a segment is faster than this
 * @param callMean the mean of the time that a call takes, without its bytes
 * @param syncMin no sync of a file or a directory is faster than this
 * @param syncMean the mean of the time that a sync takes
 * @param bytesPerSecond how many bytes the disk reads or writes in a second
 */
public record DiskSpeed(Duration callMin, Duration callMean, Duration syncMin, Duration syncMean, long bytesPerSecond) {
    /** Nothing takes any time. */
    public static final DiskSpeed INSTANT =
            new DiskSpeed(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, Long.MAX_VALUE);

    private static final double NANOS_PER_SECOND = 1e9;

    public DiskSpeed {
        checkTimes("call", callMin, callMean);
        checkTimes("sync", syncMin, syncMean);
        if (bytesPerSecond <= 0) {
            throw new IllegalArgumentException("bytesPerSecond " + bytesPerSecond + " must be positive");
        }
    }

    public DiskSpeed withCalls(Duration min, Duration mean) {
        return new DiskSpeed(min, mean, syncMin, syncMean, bytesPerSecond);
    }

    public DiskSpeed withSyncs(Duration min, Duration mean) {
        return new DiskSpeed(callMin, callMean, min, mean, bytesPerSecond);
    }

    public DiskSpeed withBytesPerSecond(long newBytesPerSecond) {
        return new DiskSpeed(callMin, callMean, syncMin, syncMean, newBytesPerSecond);
    }

    /** Draws how long one call takes; nothing is drawn for a disk that takes no time. */
    long drawNanos(IoOperation operation, long bytes, RandomSource random) {
        if (equals(INSTANT)) {
            return 0;
        }
        long latencyNanos = switch (operation) {
            case WRITE -> 0;
            case SYNC, SYNC_DIRECTORY, NODE_STORE, HINT_STORE -> Exponential.drawNanos(random, syncMin, syncMean);
            default -> Exponential.drawNanos(random, callMin, callMean);
        };
        return latencyNanos + (long) (bytes * (NANOS_PER_SECOND / bytesPerSecond));
    }

    private static void checkTimes(String what, Duration min, Duration mean) {
        if (min.isNegative() || mean.compareTo(min) < 0) {
            throw new IllegalArgumentException(
                    what + "Min " + min + " must not be negative, and " + what + "Mean " + mean + " not below it");
        }
    }
}
