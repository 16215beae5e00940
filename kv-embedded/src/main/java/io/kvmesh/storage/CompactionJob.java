package io.kvmesh.storage;

import io.kvmesh.model.Key;
import io.kvmesh.model.KeySpan;
import io.kvmesh.runtime.Invariants;
import io.kvmesh.storage.compaction.CompactionPick;
import io.kvmesh.storage.compaction.PurgeLimits;
import io.kvmesh.storage.record.RecordView;
import io.kvmesh.storage.record.ReleasedException;
import io.kvmesh.storage.sstable.TableReader;
import io.kvmesh.storage.sstable.TableSalvage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One merge of tables, done in steps. Not safe for several threads.
 *
 * <ol>
 *   <li>Of each key the newest cell of the inputs is kept. An expired value becomes a tombstone with its version.
 *   <li>A tombstone is forgotten when all replicas know it, gc grace is over, and nothing outside of the inputs, in a
 *       table or in memory, may hold an older cell of its key, which would come back.
 *   <li>Nothing is kept of partitions that are dropped. When these are dropped from a damaged table, what can be read
 *       of the others is kept, and {@link #unreadable} tells what cannot.
 *   <li>The output is cut where the picker says, between partitions.
 * </ol>
 */
final class CompactionJob implements AutoCloseable {
    private final MapStore map;
    private final CompactionPick pick;
    private final Set<TableReader> inputs;
    private final TableSink sink;
    private final PurgeLimits limits;
    private final long nowMicros;
    private final int partitionsOfShard;
    private final DroppedPartitions dropped;
    /** Opened by the first step, since that reads files. */
    private @Nullable MergingCursor cursor;

    /** Reads the only input in place of a cursor if that is damaged. */
    private @Nullable TableSalvage salvage;

    private int partition = -1;
    private long purgeableBeforeMicros;
    private long recordsForgotten;

    CompactionJob(
            MapStore map,
            CompactionPick pick,
            Collection<TableReader> inputs,
            TableSink sink,
            PurgeLimits limits,
            long nowMicros,
            int partitionsOfShard,
            DroppedPartitions dropped) {
        this.map = map;
        this.pick = pick;
        this.inputs = new LinkedHashSet<>(inputs);
        this.sink = sink;
        this.limits = limits;
        this.nowMicros = nowMicros;
        this.partitionsOfShard = partitionsOfShard;
        this.dropped = dropped;
    }

    MapStore map() {
        return map;
    }

    CompactionPick pick() {
        return pick;
    }

    Set<TableReader> inputs() {
        return inputs;
    }

    long inputBytes() {
        return inputs.stream().mapToLong(TableReader::sizeBytes).sum();
    }

    long bytesWritten() {
        return sink.bytesWritten();
    }

    long recordsForgotten() {
        return recordsForgotten;
    }

    /** Merges some keys, until their bytes reach a bound. Returns those bytes; 0 at the end. */
    long step(long bytesMax) throws IOException {
        if (dropsAll()) {
            return 0;
        }
        if (salvages()) {
            return salvage();
        }
        MergingCursor merged = cursor;
        if (merged == null) {
            merged = MergingCursor.of(inputs);
            cursor = merged;
        }
        long bytes = 0;
        while (bytes < bytesMax && merged.next()) {
            RecordView record = merged.record();
            bytes += record.keyLength() + record.valueLength() + Long.BYTES;
            if (dropped.contains(record.partition())) {
                continue;
            }
            enter(record.partition());
            if (isKept(record)) {
                sink.add(record);
            } else {
                recordsForgotten++;
            }
        }
        return bytes;
    }

    private boolean salvages() {
        return salvage != null
                || (cursor == null
                        && pick.reason() == CompactionPick.Reason.DROPPED
                        && inputs.iterator().next().isDamaged());
    }

    /** Takes over one block. Nothing is forgotten meanwhile: what cannot be read may be what a tombstone hides. */
    private long salvage() throws IOException {
        TableSalvage present = salvage;
        if (present == null) {
            TableReader table = inputs.iterator().next();
            if (!table.acquire()) {
                throw new ReleasedException();
            }
            present = new TableSalvage(table);
            salvage = present;
        }
        boolean more = present.next(record -> {
            if (!dropped.contains(record.partition())) {
                enter(record.partition());
                sink.add(record);
            }
        });
        return more ? 1 : 0;
    }

    /** The keys of kept partitions that the damaged input may have held, and that are in no output. */
    List<KeySpan> unreadable() {
        List<KeySpan> kept = new ArrayList<>();
        if (salvage != null) {
            salvage.damaged().forEach(span -> kept.addAll(dropped.keptOf(span)));
        }
        return kept;
    }

    /** Whether nothing of the inputs is kept, so that they need not be read. */
    private boolean dropsAll() {
        return pick.reason() == CompactionPick.Reason.EXPIRED || inputs.stream().allMatch(dropped::containsAllOf);
    }

    private void enter(int next) throws IOException {
        if (next == partition) {
            return;
        }
        if (partition >= 0 && next / partitionsOfShard != partition / partitionsOfShard) {
            sink.cut();
        }
        partition = next;
        purgeableBeforeMicros = limits.purgeableBeforeMicros(next, next);
    }

    /** Whether something of a record is kept; what has expired then shows its tombstone. */
    private boolean isKept(RecordView record) {
        if (record.isLive(nowMicros)) {
            return true;
        }
        long timestampMicros = record.timestampMicros();
        if (timestampMicros < purgeableBeforeMicros && !mayHide(record.toKey(), timestampMicros)) {
            return false;
        }
        record.showTombstone();
        return true;
    }

    /** Asks the present view: what was flushed since the beginning counts as well. */
    @SuppressWarnings("ReferenceEquality") // a view is replaced by another object
    private boolean mayHide(Key key, long timestampMicros) {
        while (true) {
            MapView view = map.view();
            try {
                return mayHide(view, key, timestampMicros);
            } catch (ReleasedException e) {
                Invariants.check(map.view() != view, "a memtable is flushed before it is released");
            }
        }
    }

    private boolean mayHide(MapView view, Key key, long timestampMicros) {
        for (TableReader table : view.tables()) {
            if (!inputs.contains(table)
                    && table.properties().timestampMicrosMin() <= timestampMicros
                    && table.covers(key)
                    && table.mightContain(TableReader.hash(key))) {
                return true;
            }
        }
        for (LostTable lost : view.lost()) {
            if (lost.mayHold(key)) {
                return true;
            }
        }
        return view.isInMemory(key);
    }

    /** The tables that take the place of the inputs. */
    List<TableReader> finish() throws IOException {
        return sink.finish();
    }

    /** Leaves nothing behind of a merge that did not come to its end. */
    void discard(Exception reason) {
        sink.discard(reason);
    }

    @Override
    public void close() {
        if (cursor != null) {
            cursor.close();
        }
        if (salvage != null) {
            inputs.iterator().next().release();
            salvage = null;
        }
    }
}
