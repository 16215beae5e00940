package io.kvmesh.testkit.campaign;

import io.kvmesh.runtime.RandomSource;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Runs many seeds, several at once, each in a thread of its own. Safe for its own threads; run once, by one thread. */
final class Campaign {
    private static final Duration PROGRESS_EVERY = Duration.ofSeconds(10);
    private static final double NANOS_PER_SECOND = 1e9;
    private static final double SECONDS_PER_HOUR = 3_600;

    private final SimulateOptions options;
    private final ErrorLog errorLog;
    private final PrintStream out;
    private final long startNanos = System.nanoTime();
    private long nextSeed;
    private long seedsLeft;
    private long progressNanos = startNanos;

    private long seedsRun;
    private long virtualNanos;
    private long events;
    private long operations;
    private long faults;
    private long violations;
    private final List<Long> failing = new ArrayList<>();

    Campaign(SimulateOptions options, ErrorLog errorLog, PrintStream out) {
        this.options = options;
        this.errorLog = errorLog;
        this.out = out;
        nextSeed = options.from();
        seedsLeft = options.seeds();
    }

    /** The scenario that a seed draws when none is given. */
    static Scenario scenarioOf(@Nullable Scenario given, long seed) {
        if (given != null) {
            return given;
        }
        return Scenario.draw(RandomSource.seeded(~seed));
    }

    /** Runs all seeds, or as many as time and failures allow. Returns how many failed. */
    int run() throws InterruptedException {
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < options.threads(); i++) {
            Thread worker = new Thread(this::work, "simulate-" + i);
            worker.setDaemon(true);
            worker.start();
            workers.add(worker);
        }
        for (Thread worker : workers) {
            worker.join();
        }
        synchronized (this) {
            report("RESULT ");
            return failing.size();
        }
    }

    private void work() {
        Long seed = claim();
        while (seed != null) {
            SeedResult result = SeedRun.run(scenarioOf(options.scenario(), seed), seed, null, errorLog);
            add(result);
            seed = claim();
        }
    }

    private synchronized @Nullable Long claim() {
        boolean timeIsOver =
                options.minutes() > 0 && System.nanoTime() - startNanos >= options.minutes() * 60 * NANOS_PER_SECOND;
        if (seedsLeft == 0 || timeIsOver || failing.size() >= options.failuresMax()) {
            return null;
        }
        seedsLeft--;
        return nextSeed++;
    }

    private synchronized void add(SeedResult result) {
        seedsRun++;
        virtualNanos += result.virtualNanos();
        events += result.events();
        operations += result.operations();
        faults += result.faults();
        violations += result.violations().size();
        if (!result.isGood()) {
            failing.add(result.seed());
            SeedReport.print(result, options, out);
        }
        if (System.nanoTime() - progressNanos >= PROGRESS_EVERY.toNanos()) {
            progressNanos = System.nanoTime();
            report("");
        }
    }

    private void report(String prefix) {
        double seconds = (System.nanoTime() - startNanos) / NANOS_PER_SECOND;
        out.printf(
                Locale.ROOT,
                "%sseeds=%d virtual_hours=%.1f events=%d operations=%d faults=%d violations=%d failing_seeds=%d "
                        + "seconds=%.0f virtual_seconds_per_second=%.0f%n",
                prefix,
                seedsRun,
                virtualNanos / NANOS_PER_SECOND / SECONDS_PER_HOUR,
                events,
                operations,
                faults,
                violations,
                failing.size(),
                seconds,
                virtualNanos / NANOS_PER_SECOND / seconds);
    }
}
