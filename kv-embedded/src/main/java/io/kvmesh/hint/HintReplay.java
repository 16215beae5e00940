package io.kvmesh.hint;

import io.kvmesh.membership.ClusterView;
import io.kvmesh.metadata.Hint;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.Ring;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Replays the hints for one target. Confined to the hint lane.
 *
 * <ol>
 *   <li>A pass goes through all hints for the target in the order of their creation, and sends so many at once as are
 *       allowed.
 *   <li>A hint is removed when its recipients have acknowledged it, and not before. What a pass leaves behind waits for
 *       a later one.
 *   <li>When a recipient does not answer, the pass ends, and the next one begins after a pause that grows, or when the
 *       target has come back.
 *   <li>While the target is down there is a pass only if the ring changed: others may hold its keys now.
 * </ol>
 */
final class HintReplay {
    static final long PAUSE_NANOS_MIN = TimeUnit.SECONDS.toNanos(1);
    static final long PAUSE_NANOS_MAX = TimeUnit.SECONDS.toNanos(60);
    /** Before hints that were left behind by a pass that came to its end are looked at again. */
    static final long LEFT_BEHIND_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** So many delivered hints are removed in one transaction. */
    private static final int REMOVED_AT_ONCE = 64;
    /** After so many hints that cannot be sent the lane is left to others for a moment. */
    private static final int PASSED_OVER_AT_ONCE = 256;

    private static final long YIELD_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final NodeId target;
    private final HintBook book;
    private final Replays replays;
    private final ArrayDeque<Hint> page = new ArrayDeque<>();
    private final List<Hint> delivered = new ArrayList<>();
    private boolean targetWasAlive;
    private boolean passIsOn;
    private boolean passIsCutShort;
    private boolean timerIsSet;
    /** Whether the pass left hints behind that are worth another one although nothing changed. */
    private boolean leftBehind;
    /** Whether some of them are for others than the target. */
    private boolean owedToOthers;

    private long afterId;
    private int inFlight;
    private int passedOver;
    private long pauseNanos = PAUSE_NANOS_MIN;
    private boolean pausing;
    private long notBeforeNanos;
    /** The rings by which the last pass found out where hints go. */
    private @Nullable Ring passRing;

    private @Nullable Ring passOtherRing;

    /** What the replays of all targets share. */
    interface Replays {
        ClusterView view();

        long nowNanos();

        int inFlightMax();

        /** How long no hint may be sent to anybody, for the sake of the bound of bytes per second. */
        long waitNanos();

        /** Calls {@link HintReplay#onTimer()} after a time. */
        void wakeAfter(HintReplay replay, long nanos);

        /**
         * Sends a hint, and calls {@link HintReplay#onOutcome} on the hint lane, later.
         *
         * @param epoch the state of the ring by which the recipients were chosen
         */
        void send(HintReplay replay, Hint hint, List<NodeId> recipients, RingEpoch epoch);
    }

    HintReplay(NodeId target, HintBook book, Replays replays) {
        this.target = target;
        this.book = book;
        this.replays = replays;
    }

    NodeId target() {
        return target;
    }

    /** Whether nothing of it is under way. */
    boolean isIdle() {
        return inFlight == 0 && delivered.isEmpty();
    }

    /** Does what can be done now. */
    void proceed() {
        ClusterView view = replays.view();
        boolean alive = view.isAlive(target);
        if (alive && !targetWasAlive) {
            pauseNanos = PAUSE_NANOS_MIN;
            pausing = false;
        }
        targetWasAlive = alive;
        if (!passIsOn && !beginPass(view, alive)) {
            return;
        }
        passedOver = 0;
        while (!timerIsSet && !passIsCutShort && inFlight < replays.inFlightMax()) {
            Hint hint = next();
            if (hint == null) {
                break;
            }
            sendOrPassOver(view, hint);
        }
        if (!timerIsSet && inFlight == 0 && page.isEmpty()) {
            endPass();
        }
    }

    /** The time that it asked for is over. */
    void onTimer() {
        timerIsSet = false;
        proceed();
    }

    /** Takes the answer to one hint. */
    void onOutcome(Hint hint, HintSend.Outcome outcome) {
        inFlight--;
        if (outcome == HintSend.Outcome.DELIVERED) {
            delivered.add(hint);
            pauseNanos = PAUSE_NANOS_MIN;
        } else {
            leaveBehind(hint, HintRoute.of(replays.view(), hint));
            if (outcome == HintSend.Outcome.UNANSWERED) {
                passIsCutShort = true;
                page.clear();
            }
        }
        if (delivered.size() >= REMOVED_AT_ONCE || inFlight == 0) {
            removeDelivered();
        }
        proceed();
    }

    private boolean beginPass(ClusterView view, boolean alive) {
        boolean sameRing = passRing == view.ring() && passOtherRing == view.otherRing();
        if (!alive && sameRing && !owedToOthers) {
            return false;
        }
        if (pausing && sameRing && notBeforeNanos - replays.nowNanos() > 0) {
            return false;
        }
        passIsOn = true;
        passIsCutShort = false;
        pausing = false;
        leftBehind = false;
        owedToOthers = false;
        afterId = Hint.NO_ID;
        passRing = view.ring();
        passOtherRing = view.otherRing();
        return true;
    }

    private @Nullable Hint next() {
        if (page.isEmpty()) {
            page.addAll(book.page(target, afterId));
        }
        return page.peekFirst();
    }

    private void sendOrPassOver(ClusterView view, Hint hint) {
        HintRoute route = HintRoute.of(view, hint);
        long waitNanos = route.open() ? replays.waitNanos() : 0;
        if (waitNanos > 0) {
            wakeAfter(waitNanos);
            return;
        }
        page.removeFirst();
        afterId = hint.id();
        if (route.open()) {
            inFlight++;
            replays.send(this, hint, route.recipients(), view.epoch());
            return;
        }
        // When the target is back, that is noticed; when others are, it is not.
        if (route.isDetour(hint)) {
            leaveBehind(hint, route);
        }
        passedOver++;
        if (passedOver >= PASSED_OVER_AT_ONCE) {
            wakeAfter(YIELD_NANOS);
        }
    }

    private void leaveBehind(Hint hint, HintRoute route) {
        leftBehind = true;
        owedToOthers |= route.isDetour(hint);
    }

    private void wakeAfter(long nanos) {
        timerIsSet = true;
        replays.wakeAfter(this, nanos);
    }

    private void endPass() {
        passIsOn = false;
        pausing = true;
        long pause = passIsCutShort ? pauseNanos : leftBehind ? LEFT_BEHIND_PAUSE_NANOS : 0;
        notBeforeNanos = replays.nowNanos() + pause;
        if (passIsCutShort) {
            pauseNanos = Math.min(2 * pauseNanos, PAUSE_NANOS_MAX);
        }
    }

    /** A failure of the store leaves them to be sent again, which does no harm. */
    private void removeDelivered() {
        List<Hint> removed = List.copyOf(delivered);
        delivered.clear();
        book.remove(target, removed);
    }
}
