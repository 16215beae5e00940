package io.kvmesh.testkit.history;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.WriteTimeoutException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Callers of a map whose operations take effect at one moment each: between call and return, or at any later time or
 * never if the outcome is unknown. Confined to one thread.
 */
final class AtomicMap {
    private static final int CALL_NANOS_MAX = 1_000;
    private static final int PAUSE_NANOS_MAX = 200;
    private static final int LATE_NANOS_MAX = 20_000;
    private static final int UNKNOWN_PERCENT = 3;
    private static final int READ_PERCENT = 50;
    private static final int DELETE_PERCENT = 10;
    private static final int VALUE_LENGTH = 20;

    private final History history = new History();
    private final Map<String, String> entries = new HashMap<>();
    private final PriorityQueue<Event> events =
            new PriorityQueue<>(Comparator.comparingLong(Event::nanos).thenComparingInt(Event::number));
    private final SplittableRandom random;
    private final int keys;
    private int operationsLeft;
    private int eventNumber;

    private record Event(long nanos, int number, Runnable action) {}

    private AtomicMap(long seed, int operations, int keys) {
        this.random = new SplittableRandom(seed);
        this.operationsLeft = operations;
        this.keys = keys;
    }

    static History run(long seed, int operations, int keys, int callers) {
        AtomicMap map = new AtomicMap(seed, operations, keys);
        for (int caller = 0; caller < callers; caller++) {
            map.callAt(map.random.nextInt(PAUSE_NANOS_MAX));
        }
        while (!map.events.isEmpty()) {
            map.events.remove().action().run();
        }
        return map.history;
    }

    private void callAt(long nanos) {
        at(nanos, () -> {
            if (operationsLeft > 0) {
                operationsLeft--;
                call(nanos);
            }
        });
    }

    private void call(long nanos) {
        String key = "k" + random.nextInt(keys);
        OperationKind kind = random.nextInt(100) < READ_PERCENT
                ? OperationKind.READ
                : random.nextInt(100) < DELETE_PERCENT ? OperationKind.DELETE : OperationKind.WRITE;
        String value = kind == OperationKind.WRITE ? TaggedValue.of(key, history.nextNumber(), VALUE_LENGTH) : null;
        Operation operation = history.called(0, kind, key, ConsistencyLevel.QUORUM, value, nanos);
        long returnNanos = nanos + 1 + random.nextInt(CALL_NANOS_MAX);
        boolean unknown = kind != OperationKind.READ && random.nextInt(100) < UNKNOWN_PERCENT;
        String[] seen = new String[1];
        if (!unknown) {
            at(random.nextLong(nanos, returnNanos), () -> seen[0] = apply(operation, value));
        } else if (random.nextBoolean()) {
            at(nanos + random.nextInt(LATE_NANOS_MAX), () -> apply(operation, value));
        }
        at(returnNanos, () -> {
            if (unknown) {
                history.failed(operation, new WriteTimeoutException("too late"), returnNanos);
            } else {
                history.returned(operation, seen[0], returnNanos);
            }
            callAt(returnNanos + 1 + random.nextInt(PAUSE_NANOS_MAX));
        });
    }

    private @Nullable String apply(Operation operation, @Nullable String value) {
        if (operation.isRead()) {
            return entries.get(operation.key());
        }
        if (value == null) {
            entries.remove(operation.key());
        } else {
            entries.put(operation.key(), value);
        }
        return null;
    }

    private void at(long nanos, Runnable action) {
        events.add(new Event(nanos, eventNumber++, action));
    }
}
