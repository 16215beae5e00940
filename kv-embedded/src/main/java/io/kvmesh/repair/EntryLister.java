package io.kvmesh.repair;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Hash128;
import io.kvmesh.model.Key;
import io.kvmesh.model.Version;
import io.kvmesh.repair.MerkleMessages.Entry;
import io.kvmesh.repair.MerkleMessages.EntryPage;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.storage.record.RecordView;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Lists keys and versions of some leaves, page by page. Not safe for several threads. */
final class EntryLister {
    /** How much is read for one page, in which there may be nothing. */
    private static final long WALK_BYTES_MAX = 4 * RepairSeams.STEP_BYTES_MAX;

    private final CellDigest digest = new CellDigest();
    private final CompareScope scope;
    private final int levels;

    EntryLister(CompareScope scope, int levels) {
        this.scope = scope;
        this.levels = levels;
    }

    /** A page and how many bytes were read for it. */
    record Listed(EntryPage page, long bytes) {}

    Listed page(StorageEngine engine, Key from, BitSet leaves) {
        List<Entry> entries = new ArrayList<>();
        long[] bytes = new long[1];
        PartitionWalk.Stop stop = PartitionWalk.walk(engine, scope, from, WALK_BYTES_MAX, record -> {
            Hash128 key = CellDigest.ofKey(record);
            if (leaves.get(MerkleTree.leafOf(key, levels))) {
                Entry entry = entry(record, key);
                entries.add(entry);
                bytes[0] += entry.bytes();
            }
            return bytes[0] < MerkleMessages.PAGE_BYTES_MAX;
        });
        return new Listed(new EntryPage(entries, stop.next()), stop.bytes());
    }

    Entry entry(Key key, Cell cell) {
        RecordView record = new RecordView().show(key, cell);
        return entry(record, CellDigest.ofKey(record));
    }

    private Entry entry(RecordView record, Hash128 key) {
        return new Entry(
                record.toKey(),
                new Version(record.timestampMicros(), record.origin()),
                !record.isLive(scope.nowMicros()),
                digest.of(record, key, scope.nowMicros()).low());
    }
}
