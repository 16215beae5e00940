package io.kvmesh.testkit;

import io.kvmesh.metadata.Hint;
import io.kvmesh.metadata.HintStore.Kept;
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

    void add(List<Hint> added) {
        for (Hint hint : added) {
            lastId++;
            hints.put(lastId, hint.withId(lastId));
        }
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

    void remove(List<Hint> removed) {
        removed.forEach(hint -> hints.remove(hint.id()));
    }
}
