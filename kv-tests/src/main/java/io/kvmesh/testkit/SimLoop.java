package io.kvmesh.testkit;

import io.kvmesh.runtime.RandomSource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The universe of a simulation: one queue of events, ordered by virtual time and then by the order in which they were
 * added, one virtual time, and the one seed that all random numbers come from. Confined to the thread that made it, and
 * to the one {@link SimThread} that it hands the baton to.
 *
 * <p>Time stands still while an event, or the code of the test, runs, and leaps to the next event when it is the turn
 * of that. So a simulated hour takes as long as computing its events does.
 *
 * <p>Only what code says that it spends, as calls of a slow disk do, moves the time on while it runs: for that code
 * alone, as on a thread of its own, and for what it schedules. Other events happen at their own times, which may be
 * earlier, but never in the middle of running code; so they may see what that code did a little before its time. What
 * the test's own code spends passes at its next wait.
 */
public final class SimLoop {
    /** How many events a simulation may have, unless it is told otherwise. */
    public static final long EVENTS_MAX_DEFAULT = 100_000_000L;
    /** How many failures are kept; more are only counted. */
    static final int FAILURES_KEPT_MAX = 100;
    /** Cancelled events are swept out of the queue when there are more than this, and more than others. */
    private static final int CANCELLED_EVENTS_MAX = 10_000;

    private static final int TIMELINE_LINES_IN_FAILURE = 60;
    /** How often a simulated thread looks at a condition that it waits for. */
    private static final long POLL_NANOS = 1_000_000L;

    private static final Logger LOG = LoggerFactory.getLogger(SimLoop.class);

    private final long seed;
    private final RandomSource random;
    private final Thread owner = Thread.currentThread();
    private final SimTrace trace = new SimTrace();
    private final PriorityQueue<SimEvent> queue = new PriorityQueue<>();
    private final List<String> failures = new ArrayList<>();
    private final SimThreads threads = new SimThreads(this);

    private long eventsMax = EVENTS_MAX_DEFAULT;
    private long endNanosMax = Long.MAX_VALUE;
    /** When the last event began. */
    private long nowNanos;
    /** What the code of the last event spent. */
    private long spentNanos;
    /** Where the test's own code has come, if that is after the last event. */
    private long callerNanos;

    private long sequence;
    private long executedEvents;
    private long failureCount;
    private int cancelledEvents;
    private boolean insideEvent;
    /** Who has the baton. Only its holder changes it; a stray thread never finds itself here. */
    private volatile Thread holder = owner;

    private volatile @Nullable String strayThread;

    public SimLoop(long seed) {
        this.seed = seed;
        this.random = RandomSource.seeded(seed);
    }

    public long seed() {
        return seed;
    }

    /** The virtual time of the code that asks, in nanoseconds since the simulation began. */
    public long nowNanos() {
        return insideEvent ? nowNanos + spentNanos : Math.max(nowNanos, callerNanos);
    }

    /** The generator that all others of this simulation are split from. */
    public RandomSource random() {
        return random;
    }

    /** How many events happened. */
    public long executedEvents() {
        return executedEvents;
    }

    /** Sets after how many events the simulation ends with a failure: something goes on for ever. */
    public void limitEvents(long max) {
        eventsMax = max;
    }

    /** Ends the simulation with a failure when this time comes, to look at what happened before it. */
    public void endAt(long nanos) {
        endNanosMax = nanos;
    }

    /**
     * Sets how long, in real time, a simulated thread may run before it waits. One that runs longer is stuck: that ends
     * the simulation with a failure.
     */
    public void limitTurns(Duration max) {
        threads.limitTurns(max);
    }

    /** A hash over all that happened so far: equal for equal runs. */
    public long traceHash() {
        return trace.hash();
    }

    /** The last events, oldest first, a line each. */
    public List<String> timeline() {
        return trace.timeline();
    }

    /** What went wrong inside members so far: tasks and receivers that threw. */
    public List<String> failures() {
        return List.copyOf(failures);
    }

    /** How many failures there were, including those that were too many to keep. */
    public long failureCount() {
        return failureCount;
    }

    /** Puts a remark into the timeline. */
    public void note(String text) {
        checkThread();
        trace.hashOnly(nowNanos(), -1, EventKind.NOTE, text.hashCode());
        trace.event(nowNanos(), -1, EventKind.NOTE, text);
    }

    /** Does something at a later time, as an event: it must not block. */
    public void after(Duration delay, Runnable action) {
        schedule(delay.toNanos(), EventKind.ACTION, null, "action of the test", action);
    }

    /** Lets the events of this span of time happen. A simulated thread sleeps for it. */
    public void runFor(Duration span) {
        SimThread thread = currentThread();
        if (thread != null) {
            thread.sleepFor(span);
            return;
        }
        long endNanos = timeIn(span);
        checkOutsideEvents("runFor was called");
        boolean more = true;
        while (more) {
            more = step(endNanos);
        }
    }

    /**
     * Lets events happen until the condition holds. A simulated thread looks at it every millisecond.
     *
     * @return whether it held within this span of time
     */
    public boolean runUntil(BooleanSupplier condition, Duration limit) {
        long endNanos = timeIn(limit);
        SimThread thread = currentThread();
        if (thread != null) {
            return poll(thread, condition, endNanos);
        }
        checkOutsideEvents("runUntil was called");
        boolean more = true;
        while (!condition.getAsBoolean()) {
            if (!more) {
                return false;
            }
            more = step(endNanos);
        }
        return true;
    }

    /** Ends the simulation as failed. The error names the seed and ends with the last events. */
    public SimulationFailure failure(String message) {
        return new SimulationFailure(message, circumstances());
    }

    /** As {@link #failure(String)}, for something that was thrown. */
    public SimulationFailure failure(String message, Throwable cause) {
        return new SimulationFailure(message, circumstances(), cause);
    }

    SimThreads threads() {
        return threads;
    }

    /** The simulated thread that calls this, or null if it is the simulation's own. */
    @Nullable
    SimThread currentThread() {
        SimThread thread = SimThread.currentOrNull();
        return thread != null && thread.loop() == this ? thread : null;
    }

    /** Lets another thread use the simulation from here on, and yields the one that could until now. */
    Thread handBaton(Thread next) {
        Thread previous = holder;
        holder = next;
        return previous;
    }

    /** Lets code run as an event does: it may not wait. */
    void runAsEvent(Runnable code) {
        boolean before = insideEvent;
        insideEvent = true;
        try {
            code.run();
        } finally {
            insideEvent = before;
        }
    }

    /** Adds an event. */
    SimEvent schedule(long delayNanos, EventKind kind, @Nullable SimProcess process, Object detail, Runnable action) {
        checkThread();
        int member = process == null ? -1 : process.member();
        SimEvent event = new SimEvent(kind, member, process, detail, action);
        enqueue(event, delayNanos);
        return event;
    }

    /** Puts an event that did not happen in its time back into the queue, to happen now. */
    void happenNow(SimEvent event) {
        enqueue(event, 0);
    }

    void cancel(SimEvent event) {
        checkThread();
        if (event.isCancelled()) {
            return;
        }
        event.cancel();
        cancelledEvents++;
        if (cancelledEvents > CANCELLED_EVENTS_MAX && cancelledEvents > queue.size() / 2) {
            queue.removeIf(SimEvent::isCancelled);
            cancelledEvents = 0;
        }
    }

    /**
     * Lets the next event happen if its time is not after the end; else lets the time become the end.
     *
     * @return whether there was such an event
     */
    boolean step(long endNanos) {
        checkThread();
        threads.wakeReady();
        SimEvent event = queue.peek();
        if (event == null && endNanos == Long.MAX_VALUE) {
            throw failure("somebody waits without end, and nothing is left to happen");
        }
        if (event == null || event.timeNanos() > endNanos) {
            nowNanos = Math.max(nowNanos, endNanos);
            return false;
        }
        if (event.timeNanos() > endNanosMax) {
            throw failure("the time has come at which this simulation was to end");
        }
        queue.remove();
        nowNanos = event.timeNanos();
        happen(event);
        return true;
    }

    /** Moves the time on for the code that runs now, and for what it schedules from here on. */
    void spend(long nanos) {
        checkThread();
        if (nanos < 0) {
            throw new IllegalArgumentException("spending " + nanos + " ns must not be negative");
        }
        if (insideEvent) {
            spentNanos += nanos;
        } else {
            callerNanos = nowNanos() + nanos;
        }
    }

    /** What the event that happens, or else the last one, has spent. */
    long spentNanos() {
        return spentNanos;
    }

    /** Lets the events happen that come before the time that the test's own code has reached. No effect in an event. */
    void catchUp() {
        boolean more = !insideEvent;
        while (more) {
            more = step(callerNanos);
        }
    }

    /** Lets the test's own code go on not before the last event has ended, since that woke it up. */
    void catchUpWithLastEvent() {
        callerNanos = Math.max(callerNanos, nowNanos + spentNanos);
        catchUp();
    }

    /** Adds to the timeline something that happens as part of an event. */
    void record(int member, EventKind kind, Object detail) {
        trace.event(nowNanos(), member, kind, detail);
    }

    /** Adds to the hash alone. */
    void hash(int member, EventKind kind, long value) {
        trace.hashOnly(nowNanos(), member, kind, value);
    }

    /** Notes that code of a member threw where it must not. Failures of assertions end the simulation. */
    void codeFailed(int member, String where, Throwable cause) {
        if (cause instanceof AssertionError found) {
            throw found;
        }
        LOG.error("Member {}: {} failed (seed {})", member, where, seed, cause);
        failureCount++;
        if (failures.size() < FAILURES_KEPT_MAX) {
            failures.add("member " + member + ": " + where + " failed: " + cause);
        }
    }

    /** Refuses to let events happen inside an event: nothing can wait there, as on a real transport or lane thread. */
    void checkOutsideEvents(String what) {
        checkThread();
        if (insideEvent) {
            throw failure(
                    what + " inside an event, that is on a transport's or a lane's thread, where nothing may block");
        }
    }

    private void happen(SimEvent event) {
        SimProcess process = event.process();
        if (event.isCancelled()) {
            cancelledEvents = Math.max(0, cancelledEvents - 1);
            return;
        }
        if (process != null && process.holdsBack(event)) {
            return;
        }
        countEvent();
        trace.event(nowNanos, event.member(), event.kind(), event.detail());
        Runnable action = event.takeAction();
        if (action == null) {
            return;
        }
        spentNanos = 0;
        insideEvent = true;
        try {
            action.run();
            // What the event made ready goes on not before the event has ended.
            threads.wakeReady();
        } finally {
            insideEvent = false;
        }
        String stray = strayThread;
        if (stray != null) {
            throw failure("the simulation was used by the thread '" + stray + "', which is not its own");
        }
    }

    private void countEvent() {
        executedEvents++;
        if (executedEvents > eventsMax) {
            throw failure("more than " + eventsMax + " events: something goes on for ever, or limitEvents is too low");
        }
    }

    private void enqueue(SimEvent event, long delayNanos) {
        if (delayNanos < 0) {
            throw new IllegalArgumentException("delay of " + delayNanos + " ns must not be negative");
        }
        queue.add(event.at(plus(delayNanos), sequence++));
    }

    /** The time after this span of time. */
    long timeIn(Duration span) {
        return plus(span.toNanos());
    }

    /** The time after a delay, or the end of all times if that is too far away to be a number. */
    private long plus(long delayNanos) {
        long sum = nowNanos() + delayNanos;
        return sum < nowNanos ? Long.MAX_VALUE : sum;
    }

    /** @throws IllegalStateException on a thread that is not the simulation's own */
    void checkThread() {
        Thread current = Thread.currentThread();
        if (current != holder) {
            // The stray thread may swallow this exception, so the simulation's own thread will tell it again.
            strayThread = current.getName();
            throw new IllegalStateException("the simulation belongs to the thread '" + holder.getName()
                    + "' and was used by '" + current.getName() + "'");
        }
    }

    private boolean poll(SimThread thread, BooleanSupplier condition, long endNanos) {
        while (!condition.getAsBoolean()) {
            if (nowNanos() >= endNanos) {
                return false;
            }
            thread.sleepFor(Duration.ofNanos(Math.min(POLL_NANOS, endNanos - nowNanos())));
        }
        return true;
    }

    private String circumstances() {
        List<String> lines = trace.timeline();
        List<String> last = lines.subList(Math.max(0, lines.size() - TIMELINE_LINES_IN_FAILURE), lines.size());
        return "seed " + seed + ", virtual time " + Duration.ofNanos(nowNanos()) + ", the last events:\n"
                + String.join("\n", last);
    }
}
