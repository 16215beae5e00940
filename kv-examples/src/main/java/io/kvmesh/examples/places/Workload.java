package io.kvmesh.examples.places;

import io.kvmesh.api.KvMap;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads or writes a list of places through this member, with several threads that each make one blocking call at a
 * time, as the request threads of an application do. Used once, by one thread.
 */
final class Workload {
    private static final int PLACES_AT_ONCE = 32;
    private static final long PROGRESS_MILLIS = 100;

    private final KvMap<Long, Place> map;
    private final List<Place> places;
    private final Kind kind;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger done = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

    enum Kind {
        /** Writes every place. */
        WRITE,
        /** Reads every place and compares all of its fields. */
        READ
    }

    /** Writes these places, or reads their ids and expects these places. */
    Workload(KvMap<Long, Place> map, List<Place> places, Kind kind) {
        this.map = map;
        this.places = places;
        this.kind = kind;
    }

    WorkResult run(int threads, LongConsumer progress) throws InterruptedException {
        List<WorkResult> results = new ArrayList<>();
        CountDownLatch ended = new CountDownLatch(threads);
        for (int i = 0; i < threads; i++) {
            WorkResult result = new WorkResult();
            results.add(result);
            Thread thread = new Thread(() -> work(result, ended), "places-" + i);
            thread.setDaemon(true);
            thread.start();
        }
        while (!ended.await(PROGRESS_MILLIS, TimeUnit.MILLISECONDS)) {
            progress.accept(done.get());
        }
        Throwable reason = failure.get();
        if (reason != null) {
            throw new IllegalStateException(kind + " failed: " + reason, reason);
        }
        WorkResult total = new WorkResult();
        results.forEach(total::addAll);
        return total;
    }

    private void work(WorkResult result, CountDownLatch ended) {
        Retries retries = new Retries(result.latencies());
        try {
            for (int from = next.getAndAdd(PLACES_AT_ONCE);
                    from < places.size() && failure.get() == null;
                    from = next.getAndAdd(PLACES_AT_ONCE)) {
                List<Place> some = places.subList(from, Math.min(from + PLACES_AT_ONCE, places.size()));
                for (Place place : some) {
                    handle(place, retries, result);
                }
                done.addAndGet(some.size());
            }
        } catch (InterruptedException | RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        } finally {
            result.addRetries(retries.countByError());
            ended.countDown();
        }
    }

    private void handle(Place place, Retries retries, WorkResult result) throws InterruptedException {
        switch (kind) {
            case WRITE -> {
                retries.call(() -> {
                    map.set(place.id(), place);
                    return true;
                });
                result.addDone();
            }
            case READ -> compare(place, retries.call(() -> map.get(place.id())), result);
        }
    }

    private static void compare(Place expected, @Nullable Place found, WorkResult result) {
        if (found == null) {
            result.addLost("lost: " + expected);
        } else if (!found.equals(expected)) {
            result.addWrong("wrong: expected " + expected + " but found " + found);
        } else {
            result.addDone();
        }
    }
}
