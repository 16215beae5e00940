package io.kvmesh.metadata;

import io.kvmesh.model.NodeId;
import java.util.List;
import java.util.SortedMap;

/**
 * The hints that a member keeps for others. One thread at a time (the hint lane). What a call changes is durable when
 * it returns; one that throws {@link HintStoreException} changed nothing.
 */
public interface HintStore extends AutoCloseable {

    /** How much there is for each target that has hints. */
    SortedMap<NodeId, Kept> kept();

    /**
     * Adds hints behind all others, in their order, whatever identity they have. A hint for the same target and key
     * with an older version, or the same one, is removed: its target would not keep that write.
     *
     * @return what was removed, for each target of which something was
     */
    SortedMap<NodeId, Removed> add(List<Hint> hints);

    /**
     * Hints for a target in the order in which they were added.
     *
     * @param afterId the identity behind which to begin
     * @param bytesMax after so many bytes no further hint follows
     */
    List<Hint> page(NodeId target, long afterId, int countMax, long bytesMax);

    /**
     * Removes hints. No error if some are not there any more.
     *
     * @return what was there
     */
    Removed remove(List<Hint> hints);

    @Override
    void close();

    /** How much was removed. Immutable. */
    record Removed(long count, long bytes) {
        public static final Removed NOTHING = new Removed(0, 0);

        /** The sum of two. */
        public Removed plus(Removed other) {
            return new Removed(count + other.count, bytes + other.bytes);
        }
    }

    /**
     * How much is kept for one target. Immutable.
     *
     * @param oldestMicros when the write of the first hint was made
     */
    record Kept(long count, long bytes, long oldestMicros) {}
}
