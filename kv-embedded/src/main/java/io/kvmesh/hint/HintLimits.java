package io.kvmesh.hint;

/**
 * The bounds of hinted handoff. Immutable.
 *
 * @param hintsPerTargetMax how many hints are kept for one target; the oldest go first
 * @param bytesPerTargetMax how many bytes of them
 * @param bytesMax what is kept for all targets together; what is more is refused
 * @param waitingMax how many hints may wait to be written down; what is more is refused
 * @param waitingBytesMax how many bytes of them
 * @param batchMax how many hints are written down in one transaction
 * @param replayBytesPerSecond how fast hints are sent, to all targets together
 * @param inFlightMax how many hints to one target may await its answer
 */
public record HintLimits(
        long hintsPerTargetMax,
        long bytesPerTargetMax,
        long bytesMax,
        int waitingMax,
        long waitingBytesMax,
        int batchMax,
        long replayBytesPerSecond,
        int inFlightMax) {
    /** Three hours of some hundred small writes a second for each of a few targets; replay leaves room for others. */
    public static final HintLimits DEFAULT =
            new HintLimits(4_000_000, 1L << 30, 4L << 30, 16_384, 64L << 20, 512, 8L << 20, 32);

    public HintLimits {
        if (hintsPerTargetMax < 1
                || bytesPerTargetMax < 1
                || bytesMax < bytesPerTargetMax
                || waitingMax < 1
                || waitingBytesMax < 1
                || batchMax < 1
                || replayBytesPerSecond < 1
                || inFlightMax < 1) {
            throw new IllegalArgumentException(
                    "every limit of hints must be at least 1, and bytesMax not below bytesPerTargetMax");
        }
    }
}
