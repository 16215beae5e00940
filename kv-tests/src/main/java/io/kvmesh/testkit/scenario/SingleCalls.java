package io.kvmesh.testkit.scenario;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvException;
import io.kvmesh.api.KvMap;
import io.kvmesh.testkit.bench.LatencyHistogram;
import io.kvmesh.testkit.bench.RecordPattern;
import io.kvmesh.testkit.bench.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What a scenario does with single records at a consistency level that it names. Confined to its thread. */
final class SingleCalls {
    private static final double P99 = 0.99;

    private final KvMap<Long, byte[]> map;

    SingleCalls(KvMap<Long, byte[]> map) {
        this.map = map;
    }

    String obey(String verb, Map<String, String> words) throws InterruptedException {
        KvMap<Long, byte[]> at = map.with(ConsistencyLevel.valueOf(Words.text(words, "level")));
        return switch (verb) {
            case "put" -> put(at, words);
            case "get" -> get(at, Words.number(words, "key"));
            case "check" -> check(at, Words.number(words, "count"));
            default -> hammer(at, words);
        };
    }

    /** Writes records until one fails. */
    private static String put(KvMap<Long, byte[]> at, Map<String, String> words) {
        long from = Words.number(words, "from");
        long to = Words.number(words, "to");
        for (long key = from; key < to; key++) {
            try {
                at.set(key, RecordPattern.make(100, key, 0, Words.number(words, "sequence")));
            } catch (KvException e) {
                return failure(e);
            }
        }
        return "written=" + (to - from);
    }

    private static String get(KvMap<Long, byte[]> at, long key) {
        try {
            byte @Nullable [] value = at.get(key);
            return "sequence=" + (value == null ? Records.ABSENT : RecordPattern.sequence(value));
        } catch (KvException e) {
            return failure(e);
        }
    }

    /** Reads the records from 0 on, and adds up their sequences, so that two members can be compared. */
    private static String check(KvMap<Long, byte[]> at, long count) {
        long missing = 0;
        long wrong = 0;
        long failed = 0;
        long sum = 0;
        for (long key = 0; key < count; key++) {
            try {
                byte @Nullable [] value = at.get(key);
                missing += value == null ? 1 : 0;
                wrong += value != null && RecordPattern.fault(value, key) != null ? 1 : 0;
                sum = sum * 31 + (value == null ? Records.ABSENT : RecordPattern.sequence(value));
            } catch (KvException e) {
                failed++;
            }
        }
        return "missing=" + missing + " wrong=" + wrong + " failed=" + failed + " sum=" + sum;
    }

    /** Reads one record as fast as some threads can. */
    private static String hammer(KvMap<Long, byte[]> at, Map<String, String> words) throws InterruptedException {
        long key = Words.number(words, "key");
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(Words.number(words, "seconds"));
        List<LatencyHistogram> histograms = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < Words.integer(words, "threads"); i++) {
            LatencyHistogram histogram = new LatencyHistogram();
            Thread thread = new Thread(() -> read(at, key, endNanos, histogram), "hammer-" + i);
            histograms.add(histogram);
            threads.add(thread);
            thread.start();
        }
        LatencyHistogram all = new LatencyHistogram();
        for (int i = 0; i < threads.size(); i++) {
            threads.get(i).join();
            all.merge(histograms.get(i));
        }
        return "reads=" + all.total() + " p99Micros=" + TimeUnit.NANOSECONDS.toMicros(all.quantileNanos(P99));
    }

    /** A read that fails counts for nothing. */
    private static void read(KvMap<Long, byte[]> at, long key, long endNanos, LatencyHistogram histogram) {
        while (System.nanoTime() - endNanos < 0) {
            long startNanos = System.nanoTime();
            if (get(at, key).startsWith("sequence=")) {
                histogram.record(System.nanoTime() - startNanos);
            }
        }
    }

    private static String failure(KvException e) {
        return "failure=" + e.getClass().getSimpleName();
    }
}
