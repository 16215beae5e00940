package io.kvmesh.runtime;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Tells when memory that was taken out of sight can be used for something else: when every reader that may have seen it
 * has left. Readers take no lock and wait for nobody. Safe for any thread.
 *
 * <ol>
 *   <li>A reader enters before it looks for what it reads, and leaves when it holds copies only.
 *   <li>Who takes something out of sight retires it. What it was given to do is done when all readers that were inside
 *       have left; a reader that never leaves only delays that.
 * </ol>
 *
 * Readers are counted in two phases, of which one is open. When the closed one has nobody left, the phases change
 * roles; when then the other one has nobody left either, whoever was inside before the change is gone (McKenney,
 * "Sleepable read-copy update", 2006). Nobody waits for that: it is looked after whenever something is retired or
 * wanted.
 */
public final class ReaderEpochs {
    /** What is retired beyond this is left to the garbage collector. */
    static final int RETIRED_MAX = 4_096;

    /** Threads count in places of their own, mostly, and these lie on cache lines of their own. */
    private static final int STRIPES = 16;

    private static final int PAD = 16;

    private record Retired(long change, Runnable whenUnseen) {}

    private final AtomicLongArray inside = new AtomicLongArray(2 * STRIPES * PAD);
    private volatile int openPhase;
    /** Guarded by this, as what follows. How often the phases changed roles. */
    private long changes;
    /** The last change before which whoever was inside is gone. */
    private long completed;

    private final ArrayDeque<Retired> retired = new ArrayDeque<>();

    /** Returns what {@link #leave} is to be given. */
    public int enter() {
        int stripe = (int) Thread.currentThread().getId() & (STRIPES - 1);
        int place = (2 * stripe + openPhase) * PAD;
        inside.getAndIncrement(place);
        return place;
    }

    public void leave(int place) {
        inside.getAndDecrement(place);
    }

    /**
     * Runs something, soon or late or never, when no reader is inside any more that entered before this call. It must
     * be short, and runs in whatever thread comes by.
     */
    public synchronized void retire(Runnable whenUnseen) {
        if (retired.size() < RETIRED_MAX) {
            retired.addLast(new Retired(changes, whenUnseen));
        }
        advance();
    }

    /** Runs what is due. */
    public synchronized void advance() {
        if (retired.isEmpty()) {
            return;
        }
        if (completed == changes && isEmpty(1 - openPhase)) {
            openPhase = 1 - openPhase;
            changes++;
        }
        if (completed < changes && isEmpty(1 - openPhase)) {
            completed = changes;
        }
        while (!retired.isEmpty() && retired.getFirst().change < completed) {
            retired.removeFirst().whenUnseen.run();
        }
    }

    private boolean isEmpty(int phase) {
        long count = 0;
        for (int stripe = 0; stripe < STRIPES; stripe++) {
            count += inside.get((2 * stripe + phase) * PAD);
        }
        return count == 0;
    }
}
