package io.kvmesh.storage.sstable;

import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Key;
import io.kvmesh.storage.record.RecordSource;
import io.kvmesh.storage.record.RecordView;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Walks all records of one table, or those of a range, in ascending order and without an object for each. Not safe for
 * several threads. The table must be acquired meanwhile.
 */
public final class TableScan implements RecordSource {
    private final BlockWalk walk;
    private final RecordView shown = new RecordView();
    private final byte @Nullable [] to;
    private @Nullable Block block;
    private int record;
    private boolean ended;
    private byte[] previous = {};
    private int previousLength;

    /** All records, past the cache and with large reads: for merging tables. */
    public TableScan(TableReader table) {
        this(table, new BlockWalk(table, new ReadAhead(table)), null, null);
    }

    /** As above, from the first key at or behind {@code from} to the last one before {@code to}. */
    public TableScan(TableReader table, @Nullable Key from, @Nullable Key to) {
        this(table, new BlockWalk(table, new ReadAhead(table)), from, to);
    }

    private TableScan(TableReader table, BlockWalk walk, @Nullable Key from, @Nullable Key to) {
        this.walk = walk;
        this.to = to == null ? null : to.bytes();
        if (from != null && table.properties().last().compareTo(from) < 0) {
            ended = true;
        } else if (from != null && table.properties().first().compareTo(from) < 0) {
            block = walk.seek(from);
            record = block.lowerBound(from.bytes()) - 1;
        }
    }

    /** The records of a range for a user, whose scan's start the cache takes in. */
    public static TableScan cached(TableReader table, Key from, @Nullable Key to) {
        return new TableScan(table, new BlockWalk(table, new ScanStart(table)), from, to);
    }

    @Override
    public boolean next() {
        while (!ended) {
            Block current = block;
            if (current != null && ++record < current.count()) {
                show(current);
                ended = to != null && shown.compareKey(to, to.length) >= 0;
                return !ended;
            }
            block = walk.next();
            record = -1;
            ended = block == null;
        }
        return false;
    }

    private void show(Block current) {
        try {
            current.show(record, shown);
            if (previousLength > 0 && shown.compareKey(previous, previousLength) <= 0) {
                Key before = Key.ofStorageBytes(Arrays.copyOf(previous, previousLength));
                throw new MalformedBytesException("key " + shown.toKey() + " follows key " + before);
            }
        } catch (MalformedBytesException e) {
            throw walk.damaged(e);
        }
        previousLength = shown.keyLength();
        previous = previous.length >= previousLength ? previous : new byte[2 * previousLength];
        System.arraycopy(shown.key(), 0, previous, 0, previousLength);
    }

    @Override
    public RecordView record() {
        Objects.requireNonNull(block, "the scan stands on no record");
        return shown;
    }
}
