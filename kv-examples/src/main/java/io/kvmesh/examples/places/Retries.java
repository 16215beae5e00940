package io.kvmesh.examples.places;

import io.kvmesh.api.KvException;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Calls again what may be called again, a bounded number of times, and keeps count. Confined to one thread.
 *
 * <p>Only errors that say {@link KvException#retryable()} are met with another call; all calls of this example write
 * whole values, so that one which took effect although it failed does no harm when it is repeated.
 */
final class Retries {
    static final int ATTEMPTS_MAX = 10;
    private static final long PAUSE_MILLIS = 50;

    private final Latencies latencies;
    private final Map<String, Long> countByError = new TreeMap<>();

    /** Every single attempt, also one that fails, is timed. */
    Retries(Latencies latencies) {
        this.latencies = latencies;
    }

    <T> T call(Supplier<T> operation) throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            long start = System.nanoTime();
            try {
                return operation.get();
            } catch (KvException e) {
                if (!e.retryable() || attempt == ATTEMPTS_MAX) {
                    throw e;
                }
                countByError.merge(e.getClass().getSimpleName(), 1L, Long::sum);
            } finally {
                latencies.add(System.nanoTime() - start);
            }
            TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS * attempt);
        }
    }

    Map<String, Long> countByError() {
        return countByError;
    }
}
