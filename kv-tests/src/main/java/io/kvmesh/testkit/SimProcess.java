package io.kvmesh.testkit;

import io.kvmesh.runtime.RandomSource;
import java.util.ArrayList;
import java.util.List;

/**
 * One run of a member, from its start to its crash or end. Its events happen only while it is alive, and wait while it
 * is paused. Confined to the simulation's thread.
 */
final class SimProcess {
    private final SimLoop loop;
    private final int member;
    private final RandomSource random;
    private final List<SimEvent> heldBack = new ArrayList<>();
    private boolean alive = true;
    private boolean paused;

    SimProcess(SimLoop loop, int member, RandomSource random) {
        this.loop = loop;
        this.member = member;
        this.random = random;
    }

    SimLoop loop() {
        return loop;
    }

    int member() {
        return member;
    }

    /** The generator of this run's scheduling, apart from the one that the member's own code uses. */
    RandomSource random() {
        return random;
    }

    boolean isAlive() {
        return alive;
    }

    boolean isPaused() {
        return paused;
    }

    SimEvent schedule(long delayNanos, EventKind kind, Object detail, Runnable action) {
        return loop.schedule(delayNanos, kind, this, detail, action);
    }

    /** From here on nothing of this run happens any more. */
    void kill() {
        alive = false;
        heldBack.clear();
    }

    /** Stops the run as a long garbage collection does: all that should happen waits. */
    void pause() {
        paused = true;
    }

    /** Lets everything that waited happen now, in its order. */
    void resume() {
        paused = false;
        List<SimEvent> events = List.copyOf(heldBack);
        heldBack.clear();
        events.forEach(loop::happenNow);
    }

    /** Whether the event must not happen now: never, or not before the run goes on. */
    boolean holdsBack(SimEvent event) {
        if (alive && paused) {
            heldBack.add(event);
        }
        return !alive || paused;
    }

    /** @throws MemberCrashedError if this run is over */
    void checkAlive(String what) {
        if (!alive) {
            throw new MemberCrashedError("the process of member " + member + " is dead: " + what);
        }
    }
}
