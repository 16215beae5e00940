package io.kvmesh.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The threads of one simulation that are not over, in the order in which they were made, and those that failed.
 * Confined to whoever holds the simulation's baton.
 */
final class SimThreads {
    /** How many simulated threads may live at once; each of them is a real thread. */
    static final int THREADS_MAX = 512;
    /** How long a simulated thread may run, in real time, before it waits: longer means that it is stuck. */
    static final Duration TURN_LIMIT_DEFAULT = Duration.ofSeconds(30);

    private final SimLoop loop;
    private final List<SimThread> living = new ArrayList<>();
    private final List<SimThread> waiting = new ArrayList<>();
    private final List<SimThread> failed = new ArrayList<>();
    private final List<SimThread> stuck = new ArrayList<>();
    private Duration turnLimit = TURN_LIMIT_DEFAULT;
    private boolean closed;
    private boolean processDied;

    SimThreads(SimLoop loop) {
        this.loop = loop;
    }

    Duration turnLimit() {
        return turnLimit;
    }

    void limitTurns(Duration newLimit) {
        if (newLimit.isNegative() || newLimit.isZero()) {
            throw new IllegalArgumentException("turn limit " + newLimit + " must be longer than nothing");
        }
        turnLimit = newLimit;
    }

    SimThread start(@Nullable SimProcess process, String name, SimTask body) {
        loop.checkThread();
        if (name.isBlank()) {
            throw new IllegalArgumentException("name '" + name + "' of a simulated thread must not be blank");
        }
        if (closed) {
            throw new IllegalStateException("the simulation was closed: thread '" + name + "' cannot run");
        }
        if (living.size() >= THREADS_MAX) {
            throw new IllegalStateException(
                    "thread '" + name + "' would be one more than the " + THREADS_MAX + " that may live at once");
        }
        SimThread thread = new SimThread(this, loop, process, name, body);
        living.add(thread);
        thread.start();
        return thread;
    }

    /** Whether all are over, or one failed, so that there is no point in waiting for the others. */
    boolean isSettled() {
        return living.isEmpty() || !failed.isEmpty();
    }

    /** A process has died, somewhere inside of running code. Its threads are ended later, before others go on. */
    void processDied() {
        processDied = true;
    }

    /** Lets those go on whose wait is over, and ends those whose process is dead. */
    void wakeReady() {
        endThoseOfDeadProcesses();
        for (int i = 0; i < waiting.size(); ) {
            SimThread thread = waiting.get(i);
            if (thread.isReady()) {
                thread.wake();
            } else {
                i++;
            }
        }
    }

    void waits(SimThread thread) {
        waiting.add(thread);
    }

    void waitsNoMore(SimThread thread) {
        waiting.remove(thread);
    }

    void ended(SimThread thread) {
        living.remove(thread);
        if (thread.failure() != null) {
            failed.add(thread);
        }
    }

    void abandoned(SimThread thread) {
        living.remove(thread);
        stuck.add(thread);
    }

    /** Ends those of one process. If the caller is one of them, this ends it too. */
    void killAll(SimProcess process) {
        killThose(thread -> thread.process() == process);
    }

    /** Ends all, and lets no more begin. */
    void close() {
        closed = true;
        killThose(thread -> true);
        // What a stuck thread waited for may have been held by one that has ended now.
        stuck.forEach(thread -> thread.awaitEnd(turnLimit));
    }

    /** @throws SimulationFailure if this thread failed */
    void check(SimThread thread) {
        Throwable cause = thread.failure();
        if (cause != null) {
            failed.remove(thread);
            String message = cause instanceof SimulationFailure known ? known.summary() : cause.toString();
            throw fail(thread + " failed: " + message, cause);
        }
    }

    /** @throws SimulationFailure if any thread failed of which nobody heard, or is not over */
    void checkAll() {
        endThoseOfDeadProcesses();
        if (!failed.isEmpty()) {
            check(failed.get(0));
        }
        if (!living.isEmpty()) {
            String which = living.stream()
                    .map(thread -> thread + ", which stands at" + thread.stack())
                    .collect(Collectors.joining("\n"));
            throw fail(living.size() + " simulated threads are not over; join them before the end:\n" + which);
        }
    }

    /** Ends all threads, and yields the failure to throw. */
    SimulationFailure fail(String message) {
        SimulationFailure failure = loop.failure(message);
        killOthers(failure);
        return failure;
    }

    private SimulationFailure fail(String message, Throwable cause) {
        SimulationFailure failure = loop.failure(message, cause);
        killOthers(failure);
        return failure;
    }

    private void killOthers(SimulationFailure failure) {
        SimThread current = SimThread.currentOrNull();
        for (SimThread thread : List.copyOf(living)) {
            if (thread != current) {
                killQuietly(thread, failure);
            }
        }
    }

    private static void killQuietly(SimThread thread, SimulationFailure failure) {
        try {
            thread.kill();
        } catch (SimulationFailure stuckToo) {
            failure.addSuppressed(stuckToo);
        }
    }

    private void endThoseOfDeadProcesses() {
        if (processDied) {
            processDied = false;
            killThose(SimThread::isOfDeadProcess);
        }
    }

    private void killThose(Predicate<SimThread> which) {
        SimulationFailure failure = null;
        for (SimThread thread : List.copyOf(living)) {
            if (which.test(thread)) {
                try {
                    thread.kill();
                } catch (SimulationFailure found) {
                    failure = found;
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
        SimThread current = SimThread.currentOrNull();
        if (current != null) {
            current.checkNotKilled();
        }
    }
}
