package io.kvmesh.membership;

/**
 * The recent intervals between the heartbeats of one member, and from them phi: how surprising its present silence is.
 * Phi 8 means that a living member would be this late about once in 10^7 heartbeats. Confined to the control lane.
 *
 * <p>Source: Hayashibara et al., "The phi accrual failure detector", 2004; the tail of the normal distribution by the
 * logistic approximation of Bowling et al., 2009, which gives 8 where the exact tail gives 7.
 *
 * <p>All lengths of time are multiples of the gossip interval. The estimate is held in bounds so that a member that
 * stops is noticed between 4.5 and 5.6 intervals after its last heartbeat (at threshold 8), however even or uneven its
 * heartbeats were, and so that a pause of three intervals is not taken for a death.
 */
final class ArrivalWindow {
    static final int INTERVALS_MAX = 64;

    /** A silence that is no reason for suspicion, on top of what the heartbeats let expect. */
    static final double TOLERATED_PAUSE = 2.25;
    /** The owner of a heartbeat raises it once per interval, so on average it cannot be heard of more often. */
    static final double MEAN_MIN = 1.0;

    static final double MEAN_MAX = 1.25;
    static final double DEVIATION_MIN = 0.25;
    static final double DEVIATION_MAX = 0.40;
    /** Longer intervals are absences, and say nothing about the rhythm of a living member. */
    static final double INTERVAL_MAX = 4.0;
    /** How many deviations beyond the mean a silence is long enough to ask the member itself. */
    static final double DOUBT_DEVIATIONS = 1.25;

    private static final double LOGISTIC_LINEAR = 1.5976;
    private static final double LOGISTIC_CUBIC = 0.070566;

    private final double unitNanos;
    private final float[] intervals = new float[INTERVALS_MAX];
    private int count;
    private int next;
    private double sum;
    private double sumOfSquares;
    private long lastNanos;

    /** @param gossipIntervalNanos also the first estimate of the interval between heartbeats */
    ArrivalWindow(long gossipIntervalNanos, long nowNanos) {
        this.unitNanos = gossipIntervalNanos;
        this.lastNanos = nowNanos;
        add((float) (MEAN_MIN - DEVIATION_MIN));
        add((float) (MEAN_MIN + DEVIATION_MIN));
    }

    /** Takes note of a heartbeat. */
    void heard(long nowNanos) {
        double interval = silence(nowNanos);
        if (interval <= INTERVAL_MAX) {
            add((float) interval);
        }
        lastNanos = Math.max(lastNanos, nowNanos);
    }

    /** Time since the last heartbeat in gossip intervals. */
    double silence(long nowNanos) {
        return Math.max(0, nowNanos - lastNanos) / unitNanos;
    }

    double mean() {
        return clamp(sum / count, MEAN_MIN, MEAN_MAX);
    }

    double deviation() {
        double rawMean = sum / count;
        double variance = Math.max(0, sumOfSquares / count - rawMean * rawMean);
        return clamp(Math.sqrt(variance), DEVIATION_MIN, DEVIATION_MAX);
    }

    double phi(long nowNanos) {
        double y = (silence(nowNanos) - TOLERATED_PAUSE - mean()) / deviation();
        // StrictMath: the same on every machine, as simulations are repeated elsewhere.
        double odds = StrictMath.exp(-y * (LOGISTIC_LINEAR + LOGISTIC_CUBIC * y * y));
        // The chance of a later heartbeat is odds / (1 + odds); written so that it neither overflows nor rounds to one.
        double chance = y > 0 ? odds / (1 + odds) : 1 / (1 + 1 / odds);
        return -StrictMath.log10(chance);
    }

    /** Whether the silence is long enough to ask the member itself. */
    boolean isDoubtful(long nowNanos) {
        return silence(nowNanos) > mean() + DOUBT_DEVIATIONS * deviation();
    }

    private void add(float interval) {
        if (count == INTERVALS_MAX) {
            double oldest = intervals[next];
            sum -= oldest;
            sumOfSquares -= oldest * oldest;
        } else {
            count++;
        }
        intervals[next] = interval;
        next = (next + 1) % INTERVALS_MAX;
        sum += interval;
        sumOfSquares += (double) interval * interval;
    }

    private static double clamp(double value, double min, double max) {
        return Math.min(max, Math.max(min, value));
    }
}
