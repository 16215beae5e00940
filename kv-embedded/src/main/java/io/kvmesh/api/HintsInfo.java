package io.kvmesh.api;

import java.util.List;

/**
 * What a member keeps for members that missed writes, and what became of it, since this member's start. Immutable.
 *
 * @param targets for whom this member keeps hints at the moment, ordered by identity
 * @param kept hints that this member wrote down
 * @param replayed hints that those for whom they were kept acknowledged
 * @param expired hints that were forgotten because they had grown older than {@link KvConfig#hintWindow()}, or not made
 *     since the member had been away for longer than that
 * @param dropped hints that were forgotten, the oldest first, because there were too many for their target
 * @param refused hints that could not be written down: too many at once, or the disk failed
 */
public record HintsInfo(List<TargetHints> targets, long kept, long replayed, long expired, long dropped, long refused) {
    /** Of a member that is alone. */
    public static final HintsInfo NONE = new HintsInfo(List.of(), 0, 0, 0, 0, 0);

    public HintsInfo {
        targets = List.copyOf(targets);
    }

    /**
     * What is kept for one member. Immutable.
     *
     * @param member its identity: sixteen hexadecimal digits
     * @param count how many writes
     * @param bytes the size of their keys and values, and a little for each
     * @param oldestMillis when the oldest of them was made, in milliseconds of wall time
     */
    public record TargetHints(String member, long count, long bytes, long oldestMillis) {}
}
