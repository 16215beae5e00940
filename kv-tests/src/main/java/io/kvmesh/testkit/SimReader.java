package io.kvmesh.testkit;

import java.util.ArrayDeque;
import java.util.function.Consumer;

/**
 * The thread of a simulated transport that reads the frames of one sender: while its receiver spends time with one, the
 * next ones wait. Confined to the simulation's thread.
 */
final class SimReader {
    /** How many frames may wait; more find no room in the receive buffer. */
    static final int FRAMES_MAX = SimLink.FRAMES_MAX;

    private final SimProcess process;
    private final String name;
    private final Consumer<SimFrame> receiver;
    private final ArrayDeque<SimFrame> waiting = new ArrayDeque<>();
    private boolean busy;

    SimReader(SimProcess process, String name, Consumer<SimFrame> receiver) {
        this.process = process;
        this.name = name;
        this.receiver = receiver;
    }

    /**
     * Reads the frame now, or after those that came before it.
     *
     * @return whether there was room for it
     */
    boolean offer(SimFrame frame) {
        if (waiting.size() >= FRAMES_MAX) {
            return false;
        }
        waiting.addLast(frame);
        readWaiting();
        return true;
    }

    private void readWaiting() {
        while (!busy) {
            SimFrame frame = waiting.pollFirst();
            if (frame == null) {
                return;
            }
            receiver.accept(frame);
            if (process.loop().spentNanos() > 0) {
                busy = true;
                process.schedule(0, EventKind.DONE, name, this::goOn);
            }
        }
    }

    private void goOn() {
        busy = false;
        readWaiting();
    }
}
