package io.kvmesh.storage.sstable;

import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Key;
import io.kvmesh.storage.record.RecordSource;
import io.kvmesh.storage.record.RecordView;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Walks all records of one table, or those of a range, in ascending order and without an object for each. Not safe for
 * several threads. The table must be acquired meanwhile.
 */
public final class TableScan implements RecordSource {
    private final BlockWalk walk;
    private final RecordView shown;
    /** Shows the key that the scan ends before. */
    private final @Nullable RecordView to;

    private @Nullable Block block;
    private int record;
    /** Whether the record that is shown is one of this block. */
    private boolean inside;

    private boolean ended;

    /** All records, past the cache and with large reads: for merging tables. */
    public TableScan(TableReader table) {
        this(table, null, null);
    }

    /** As above, from the first key at or behind {@code from} to the last one before {@code to}. */
    public TableScan(TableReader table, @Nullable Key from, @Nullable Key to) {
        this(table, new BlockWalk(table, new ReadAhead(table)), new RecordView(), from, to);
    }

    private TableScan(TableReader table, BlockWalk walk, RecordView shown, @Nullable Key from, @Nullable Key to) {
        this.walk = walk;
        this.shown = shown;
        this.to = to == null ? null : new RecordView().showKey(to);
        if (from != null && table.properties().last().compareTo(from) < 0) {
            ended = true;
        } else if (from != null && table.properties().first().compareTo(from) < 0) {
            block = walk.seek(from);
            record = block.lowerBound(from.bytes()) - 1;
        }
    }

    /** The records of a range for a user, whose scan's start the cache takes in. */
    public static TableScan cached(TableReader table, Key from, @Nullable Key to) {
        return cached(table, new RecordView(), from, to);
    }

    /** As above, shown in a view that may show a lesser key already. */
    static TableScan cached(TableReader table, RecordView shown, Key from, @Nullable Key to) {
        return new TableScan(table, new BlockWalk(table, new ScanStart(table)), shown, from, to);
    }

    /** All records, past the cache, shown in a view that may show a lesser key already. */
    static TableScan pastTheCache(TableReader table, RecordView shown) {
        return new TableScan(table, new BlockWalk(table, new ReadAhead(table)), shown, null, null);
    }

    @Override
    public boolean next() {
        while (!ended) {
            Block current = block;
            if (current != null && ++record < current.count()) {
                show(current);
                ended = to != null && shown.compareKey(to) >= 0;
                return !ended;
            }
            block = walk.next();
            record = -1;
            inside = false;
            ended = block == null;
        }
        return false;
    }

    private void show(Block current) {
        try {
            if (inside) {
                current.showNext(record, shown);
                return;
            }
            if (shown.keyLength() > 0 && current.compareKey(record, shown) <= 0) {
                throw new MalformedBytesException("key " + current.key(record) + " follows key " + shown.toKey());
            }
            current.show(record, shown);
            inside = true;
        } catch (MalformedBytesException e) {
            throw walk.damaged(e);
        }
    }

    @Override
    public RecordView record() {
        Objects.requireNonNull(block, "the scan stands on no record");
        return shown;
    }

    /** Gives back what it stands on: from here on it stands on no record, and is at its end. */
    public void close() {
        ended = true;
        block = null;
        walk.close();
    }
}
