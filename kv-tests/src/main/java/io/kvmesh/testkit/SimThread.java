package io.kvmesh.testkit;

import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.Signal;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A thread of the application under test. It is a real thread, and yet it is confined to the simulation as all else is:
 * it runs only while it holds the baton, and then nothing else does.
 *
 * <ol>
 *   <li>The loop hands it the baton as an event, a small random time after it was made or became ready to run.
 *   <li>It runs until it waits: in a blocking call of a store, in {@link #sleep} or {@link #yieldNow}, or in
 *   {@code runFor} and {@code join}. No virtual time passes meanwhile. Then it hands the baton back.
 *   <li>What it waits for makes it ready again. Now and then chance keeps it waiting longer, as if it had been
 *   preempted between two operations.
 * </ol>
 *
 * <p>The thread of a member stands still while that member is paused, and is ended by a {@link MemberCrashedError} when
 * its process ends. It must not wait for anything but the simulation: what it waits for could come only from a thread
 * that has no baton.
 */
public final class SimThread {
    /** The longest time that a thread that is ready waits for its processor, but for preemptions. */
    static final long WAKE_UP_NANOS_MAX = 50_000L;
    /** How many wake-ups are late because something else had the processor. */
    static final double PREEMPTION_RATE = 0.05;

    static final long PREEMPTION_NANOS_MAX = 10_000_000L;

    private final SimThreads threads;
    private final SimLoop loop;
    private final @Nullable SimProcess process;
    private final String name;
    private final SimTask body;
    private final RandomSource random;
    private final Baton baton;
    private BooleanSupplier ready = () -> false;
    private @Nullable SimEvent deadline;
    private @Nullable Throwable failure;
    /** How far its own code has come: it may have spent time before it waits. */
    private long ownNanos;

    private boolean parked = true;
    private boolean killed;
    private boolean ended;
    /** It did not give the baton back in time. Read by that thread whenever it gets free. */
    private volatile boolean abandoned;

    SimThread(SimThreads threads, SimLoop loop, @Nullable SimProcess process, String name, SimTask body) {
        this.threads = threads;
        this.loop = loop;
        this.process = process;
        this.name = name;
        this.body = body;
        random = (process == null ? loop.random() : process.random()).split();
        String owner = process == null ? "sim" : "sim-m" + process.member();
        baton = new Baton(this, owner + "-" + name);
    }

    /**
     * Lets virtual time pass on the calling simulated thread.
     *
     * @throws IllegalStateException on any other thread
     */
    public static void sleep(Duration span) {
        current().sleepFor(span);
    }

    /**
     * Gives other threads the chance to run before the calling simulated thread goes on.
     *
     * @throws IllegalStateException on any other thread
     */
    public static void yieldNow() {
        SimThread current = current();
        current.park(() -> true, Long.MAX_VALUE);
    }

    public String name() {
        return name;
    }

    /** Whether it is over: its body returned or threw, or its process ended. */
    public boolean isEnded() {
        return ended;
    }

    /** Whether it is over, or will be as soon as it notices, because its process ended or its simulation was closed. */
    public boolean wasKilled() {
        return killed;
    }

    /**
     * Lets virtual time pass until this thread is over. It may have been killed: see {@link #wasKilled()}.
     *
     * @throws SimulationFailure if its body threw, or if it is not over within the limit; all simulated threads are
     *     ended then
     */
    public void join(Duration limit) {
        if (Thread.currentThread() == baton.thread()) {
            throw new IllegalStateException(this + " would wait for its own end");
        }
        if (!loop.runUntil(() -> ended, limit)) {
            throw threads.fail("not within " + limit + ": the end of " + this + ", which stands at" + stack());
        }
        threads.check(this);
    }

    @Override
    public String toString() {
        return "thread '" + name + "'" + (process == null ? "" : " of member " + process.member());
    }

    /** The simulated thread that calls this, or null if that is a thread of another kind. */
    static @Nullable SimThread currentOrNull() {
        return Thread.currentThread() instanceof Baton.RealThread real ? real.simulated() : null;
    }

    private static SimThread current() {
        SimThread current = currentOrNull();
        if (current == null) {
            throw new IllegalStateException(
                    "the thread '" + Thread.currentThread().getName()
                            + "' is not a simulated one; the test itself lets time pass with runFor");
        }
        return current;
    }

    SimLoop loop() {
        return loop;
    }

    void awaitEnd(Duration limit) {
        baton.awaitEnd(limit);
    }

    @Nullable
    SimProcess process() {
        return process;
    }

    @Nullable
    Throwable failure() {
        return failure;
    }

    void start() {
        schedule(drawDelayNanos(), EventKind.THREAD, "starts", this::turn);
    }

    void sleepFor(Duration span) {
        park(() -> false, loop.timeIn(span));
    }

    /** Waits as a caller of a store does. */
    boolean await(Signal signal, SimProcess served, long endNanos) throws InterruptedException {
        served.checkAlive("a caller wants to wait for an operation");
        park(() -> signal.isFired() || !served.isAlive(), endNanos);
        served.checkAlive("it crashed while a caller waited for an operation");
        if (!signal.isFired() && Thread.currentThread().isInterrupted()) {
            throw new InterruptedException("interrupted while waiting for an operation");
        }
        return signal.isFired();
    }

    /** Whether what it waits for is there. */
    boolean isReady() {
        return ready.getAsBoolean();
    }

    /** Lets it go on, a little later. */
    void wake() {
        threads.waitsNoMore(this);
        if (deadline != null) {
            loop.cancel(deadline);
            deadline = null;
        }
        long spentNanos = Math.max(0, ownNanos - loop.nowNanos());
        schedule(spentNanos + drawDelayNanos(), EventKind.THREAD, "goes on", this::turn);
    }

    /** Ends it, if it is not over, by an error where it waits. If it is about to end others, it ends when it waits. */
    void kill() {
        killed = true;
        threads.waitsNoMore(this);
        if (!baton.isStarted()) {
            ended = true;
            threads.ended(this);
        } else if (parked) {
            loop.runAsEvent(this::turn);
        }
    }

    /** Runs on the real thread. */
    void live() {
        baton.awaitTurn();
        try {
            if (!killed) {
                body.run();
            }
        } catch (Throwable thrown) {
            // What the code of a dead process throws on its way out, nobody would see.
            killed = killed || isOfDeadProcess();
            failure = killed ? null : thrown;
        } finally {
            ended = true;
            baton.giveBack();
        }
    }

    boolean isOfDeadProcess() {
        return process != null && !process.isAlive();
    }

    String stack() {
        return StackTraces.of(baton.thread());
    }

    /** Hands the baton over and waits until it comes back. */
    private void turn() {
        if (ended || abandoned) {
            return;
        }
        parked = false;
        Thread giver = loop.handBaton(baton.thread());
        boolean back = false;
        try {
            back = baton.giveTurn(threads.turnLimit());
        } catch (InterruptedException e) {
            // The flag stays set for the code of the test, and the baton is not back: that fails below.
            Thread.currentThread().interrupt();
        } finally {
            loop.handBaton(giver);
        }
        if (!back) {
            throw abandon();
        }
        if (ended) {
            note(killed ? "was killed" : failure == null ? "ends" : "failed");
            threads.ended(this);
            baton.awaitEnd(threads.turnLimit());
        }
    }

    private SimulationFailure abandon() {
        String stack = stack();
        abandoned = true;
        baton.thread().interrupt();
        threads.abandoned(this);
        String reason = Thread.currentThread().isInterrupted()
                ? " was running when the thread of the test was interrupted"
                : " did not come back within " + threads.turnLimit()
                        + " of real time. It may loop, or wait for something"
                        + " outside of the simulation, such as a lock that another simulated thread holds";
        return loop.failure(this + reason + ". It stands at" + stack);
    }

    /** Waits on the real thread until it is ready or the time has come. */
    private void park(BooleanSupplier newReady, long endNanos) {
        checkNotKilled();
        loop.checkThread();
        ready = newReady;
        ownNanos = loop.nowNanos();
        if (endNanos != Long.MAX_VALUE) {
            long delayNanos = Math.max(0, endNanos - ownNanos);
            deadline = schedule(delayNanos, EventKind.TIMER, "wakes up", this::deadlineCame);
        }
        threads.waits(this);
        parked = true;
        baton.giveBack();
        baton.awaitTurn();
        checkNotKilled();
    }

    private void deadlineCame() {
        deadline = null;
        wake();
    }

    /** @throws MemberCrashedError if it must not go on */
    void checkNotKilled() {
        if (killed || abandoned || isOfDeadProcess()) {
            throw new MemberCrashedError(this + (abandoned ? " was given up" : " was killed"));
        }
    }

    private SimEvent schedule(long delayNanos, EventKind kind, String what, Runnable action) {
        return loop.schedule(delayNanos, kind, process, name + " " + what, action);
    }

    private void note(String what) {
        loop.record(process == null ? -1 : process.member(), EventKind.THREAD, name + " " + what);
    }

    private long drawDelayNanos() {
        return random.nextLong(random.chance(PREEMPTION_RATE) ? PREEMPTION_NANOS_MAX : WAKE_UP_NANOS_MAX);
    }
}
