package io.kvmesh.storage.log;

import java.nio.file.Path;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Files of dropped segments that wait to become new ones, which saves filling those with zeros and lets their syncs
 * change no metadata. Safe for any thread.
 *
 * <p>A spare keeps its old name, which the log's floor has passed: an opening that finds it deletes it.
 */
final class SpareSegments {
    /** One to be prepared, and one more for when two segments are dropped at once. */
    static final int SPARES_MAX = 2;

    private final long segmentBytes;
    private final ArrayDeque<Path> files = new ArrayDeque<>();

    /** @param segmentBytes only segments of this size are kept */
    SpareSegments(long segmentBytes) {
        this.segmentBytes = segmentBytes;
    }

    /** Keeps the file of a dropped segment, or leaves it to the caller to delete it. */
    synchronized boolean offer(Path file, long sizeBytes) {
        if (sizeBytes != segmentBytes || files.size() >= SPARES_MAX) {
            return false;
        }
        files.addLast(file);
        return true;
    }

    /** A file with at least that many bytes, which is the caller's from here on; null if there is none. */
    synchronized @Nullable Path take(long sizeBytes) {
        return sizeBytes > segmentBytes ? null : files.pollFirst();
    }

    /** The space that the spares take. */
    synchronized long sizeBytes() {
        return files.size() * segmentBytes;
    }
}
