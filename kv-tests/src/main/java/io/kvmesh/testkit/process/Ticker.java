package io.kvmesh.testkit.process;

import java.time.Duration;
import java.util.Timer;
import java.util.TimerTask;

/** Does something again and again in a thread of its own, until it is closed. Safe for any thread. */
final class Ticker implements AutoCloseable {
    private final Timer timer = new Timer("ticker", true);

    Ticker(Duration interval, Runnable action) {
        TimerTask task = new TimerTask() {
            @Override
            public void run() {
                action.run();
            }
        };
        timer.scheduleAtFixedRate(task, interval.toMillis(), interval.toMillis());
    }

    @Override
    public void close() {
        timer.cancel();
    }
}
