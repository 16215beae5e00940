package io.kvmesh.testkit;

import io.kvmesh.runtime.RandomSource;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Does one thing and its opposite in turns, each after a random time. Confined to the simulation's thread. */
final class SimFlapping {
    /** Shorter means would make events for ever without any time passing. */
    static final Duration MEAN_MIN = Duration.ofMillis(1);

    private final SimLoop loop;
    private final RandomSource random;
    private final Duration cutMean;
    private final Duration passMean;
    private final Runnable cut;
    private final Runnable pass;
    private @Nullable SimEvent next;

    SimFlapping(SimLoop loop, RandomSource random, Duration cutMean, Duration passMean, Runnable cut, Runnable pass) {
        checkMean("cutMean", cutMean);
        checkMean("passMean", passMean);
        this.loop = loop;
        this.random = random;
        this.cutMean = cutMean;
        this.passMean = passMean;
        this.cut = cut;
        this.pass = pass;
    }

    void start() {
        cut.run();
        after(cutMean, this::passNow);
    }

    /** Leaves what is now, cut or not. */
    void stop() {
        if (next != null) {
            loop.cancel(next);
            next = null;
        }
    }

    private void passNow() {
        pass.run();
        after(passMean, this::start);
    }

    private void after(Duration mean, Runnable action) {
        long delayNanos = Exponential.drawNanos(random, mean.toNanos());
        next = loop.schedule(delayNanos, EventKind.FAULT, null, "a link flaps", action);
    }

    private static void checkMean(String name, Duration mean) {
        if (mean.compareTo(MEAN_MIN) < 0) {
            throw new IllegalArgumentException(name + " " + mean + " must be at least " + MEAN_MIN);
        }
    }
}
