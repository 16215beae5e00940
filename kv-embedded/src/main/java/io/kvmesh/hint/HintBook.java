package io.kvmesh.hint;

import io.kvmesh.metadata.Hint;
import io.kvmesh.metadata.HintStore;
import io.kvmesh.metadata.HintStore.Kept;
import io.kvmesh.metadata.HintStore.Removed;
import io.kvmesh.model.NodeId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The hints that are kept, within their bounds. Confined to the hint lane, but for {@link #kept()}.
 *
 * <p>How much there is for each target is counted here, so that nobody need ask the store.
 */
final class HintBook {
    private static final int PAGE_HINTS = 256;
    private static final long PAGE_BYTES = 1 << 20;

    private final HintStore store;
    private final HintLimits limits;
    private final HintCounters counters;
    private final TreeMap<NodeId, Kept> current;
    private volatile SortedMap<NodeId, Kept> published;

    HintBook(HintStore store, HintLimits limits, HintCounters counters) {
        this.store = store;
        this.limits = limits;
        this.counters = counters;
        current = new TreeMap<>(store.kept());
        published = snapshot();
    }

    /** How much is kept for each target. Safe for any thread; the map does not change. */
    SortedMap<NodeId, Kept> kept() {
        return published;
    }

    /** The sum over all targets. */
    long bytes() {
        return published.values().stream().mapToLong(Kept::bytes).sum();
    }

    /** Adds hints; they are durable when this returns. What is too much for a target goes first, from the oldest on. */
    void add(List<Hint> hints) {
        TreeMap<NodeId, List<Hint>> byTarget = new TreeMap<>();
        hints.forEach(hint -> byTarget.computeIfAbsent(hint.target(), absent -> new ArrayList<>())
                .add(hint));
        byTarget.forEach(this::makeRoom);
        SortedMap<NodeId, Removed> replaced = store.add(hints);
        counters.kept.addAndGet(hints.size());
        byTarget.forEach((target, added) -> {
            Kept before = keptFor(target);
            long oldestMicros = before.count() == 0 ? added.get(0).createdMicros() : before.oldestMicros();
            current.put(target, new Kept(before.count() + added.size(), before.bytes() + bytes(added), oldestMicros));
        });
        replaced.forEach(this::forget);
        published = snapshot();
    }

    /** The next hints for a target behind an identity, in the order of their creation; empty if there are none. */
    List<Hint> page(NodeId target, long afterId) {
        return current.containsKey(target) ? store.page(target, afterId, PAGE_HINTS, PAGE_BYTES) : List.of();
    }

    /** Removes hints for one target that are delivered. Some may have been dropped or replaced meanwhile. */
    void remove(NodeId target, List<Hint> delivered) {
        removeKept(target, delivered);
        counters.replayed.addAndGet(delivered.size());
    }

    /** Removes the hints whose writes were made before a time. */
    void expire(long beforeMicros) {
        for (NodeId target : new TreeSet<>(current.keySet())) {
            while (keptFor(target).count() > 0 && keptFor(target).oldestMicros() < beforeMicros) {
                List<Hint> old = page(target, Hint.NO_ID).stream()
                        .takeWhile(hint -> hint.createdMicros() < beforeMicros)
                        .toList();
                removeKept(target, old);
                counters.expired.addAndGet(old.size());
            }
        }
    }

    void close() {
        store.close();
    }

    private void makeRoom(NodeId target, List<Hint> added) {
        long addedBytes = bytes(added);
        while (keptFor(target).count() > 0
                && (keptFor(target).count() + added.size() > limits.hintsPerTargetMax()
                        || keptFor(target).bytes() + addedBytes > limits.bytesPerTargetMax())) {
            long hintsOver = keptFor(target).count() + added.size() - limits.hintsPerTargetMax();
            long bytesOver = keptFor(target).bytes() + addedBytes - limits.bytesPerTargetMax();
            List<Hint> oldest = new ArrayList<>();
            for (Hint hint : page(target, Hint.NO_ID)) {
                if (hintsOver <= 0 && bytesOver <= 0) {
                    break;
                }
                oldest.add(hint);
                hintsOver--;
                bytesOver -= hint.bytes();
            }
            removeKept(target, oldest);
            counters.dropped.addAndGet(oldest.size());
        }
    }

    private void removeKept(NodeId target, List<Hint> hints) {
        if (hints.isEmpty()) {
            return;
        }
        forget(target, store.remove(hints));
        published = snapshot();
    }

    /** Counts what the store has no more. */
    private void forget(NodeId target, Removed removed) {
        Kept before = keptFor(target);
        List<Hint> first = store.page(target, Hint.NO_ID, 1, 1);
        if (first.isEmpty()) {
            current.remove(target);
        } else {
            long oldestMicros = first.get(0).createdMicros();
            current.put(
                    target, new Kept(before.count() - removed.count(), before.bytes() - removed.bytes(), oldestMicros));
        }
    }

    private Kept keptFor(NodeId target) {
        return current.getOrDefault(target, new Kept(0, 0, 0));
    }

    private SortedMap<NodeId, Kept> snapshot() {
        return Collections.unmodifiableSortedMap(new TreeMap<>(current));
    }

    private static long bytes(List<Hint> hints) {
        return hints.stream().mapToLong(Hint::bytes).sum();
    }
}
