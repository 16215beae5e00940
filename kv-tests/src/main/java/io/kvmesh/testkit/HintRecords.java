package io.kvmesh.testkit;

import io.kvmesh.metadata.Hint;
import io.kvmesh.metadata.HintStore.Kept;
import io.kvmesh.metadata.HintStore.Removed;
import io.kvmesh.model.NodeId;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a hint store holds, as it lies on a {@link SimDisk}. Confined to the simulation's thread. */
final class HintRecords {
    private final TreeMap<Long, Hint> hints = new TreeMap<>();
    private long lastId = Hint.NO_ID;

    SortedMap<NodeId, Kept> kept() {
        TreeMap<NodeId, Kept> kept = new TreeMap<>();
        for (Hint hint : hints.values()) {
            kept.merge(
                    hint.target(),
                    new Kept(1, hint.bytes(), hint.createdMicros()),
                    (sum, one) -> new Kept(sum.count() + 1, sum.bytes() + one.bytes(), sum.oldestMicros()));
        }
        return kept;
    }

    SortedMap<NodeId, Removed> add(List<Hint> added) {
        TreeMap<NodeId, Removed> removed = new TreeMap<>();
        for (Hint hint : added) {
            Removed older = remove(hints.values().stream()
                    .filter(other -> isReplacedBy(other, hint))
                    .toList());
            if (older.count() > 0) {
                removed.merge(hint.target(), older, Removed::plus);
            }
            lastId++;
            hints.put(lastId, hint.withId(lastId));
        }
        return removed;
    }

    private static boolean isReplacedBy(Hint hint, Hint newer) {
        return hint.target().equals(newer.target())
                && hint.map().equals(newer.map())
                && hint.key().equals(newer.key())
                && (hint.cell().version().equals(newer.cell().version())
                        || hint.cell().version().timestampMicros()
                                < newer.cell().version().timestampMicros());
    }

    List<Hint> page(NodeId target, long afterId, int countMax, long bytesMax) {
        List<Hint> page = new ArrayList<>();
        long bytes = 0;
        for (Hint hint : hints.tailMap(afterId, false).values()) {
            if (page.size() == countMax || bytes >= bytesMax) {
                break;
            }
            if (hint.target().equals(target)) {
                page.add(hint);
                bytes += hint.bytes();
            }
        }
        return page;
    }

    Removed remove(List<Hint> removed) {
        Removed sum = Removed.NOTHING;
        for (Hint hint : removed) {
            if (hints.remove(hint.id()) != null) {
                sum = sum.plus(new Removed(1, hint.bytes()));
            }
        }
        return sum;
    }
}
