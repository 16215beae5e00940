package io.kvmesh.testkit.bench.storage;

import java.io.PrintStream;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Tells now and then how far a long piece of work is. Safe for any thread. */
final class Progress {
    private static final long INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** The time is asked for once in so many operations. */
    private static final long STRIDE = 1024;

    private final PrintStream out;
    private final String what;
    private final long total;
    private final LongAdder done = new LongAdder();
    private final AtomicLong lastNanos = new AtomicLong(System.nanoTime());

    Progress(PrintStream out, String what, long total) {
        this.out = out;
        this.what = what;
        this.total = total;
    }

    void done(long operations) {
        done.add(operations);
        long sum = done.sum();
        if (sum % STRIDE < operations) {
            tell(sum);
        }
    }

    private void tell(long sum) {
        long now = System.nanoTime();
        long last = lastNanos.get();
        if (now - last >= INTERVAL_NANOS && lastNanos.compareAndSet(last, now)) {
            out.printf(Locale.ROOT, "# %s: %d %% of %d%n", what, sum * 100 / total, total);
            out.flush();
        }
    }
}
