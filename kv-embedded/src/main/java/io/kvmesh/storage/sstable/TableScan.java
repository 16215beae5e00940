package io.kvmesh.storage.sstable;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Key;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Walks all records of one table, or those of a range, in ascending order, past the cache and without an object for
 * each: for merging tables. Not safe for several threads. The table must be acquired meanwhile.
 */
public final class TableScan {
    private final BlockWalk walk;
    private final RecordView shown = new RecordView();
    private final byte @Nullable [] to;
    private @Nullable Block block;
    private int record;
    private boolean ended;
    private byte[] previous = {};
    private int previousLength;

    public TableScan(TableReader table) {
        this(table, null, null);
    }

    /** Stands before the first key at or behind {@code from}; ends before {@code to}. */
    public TableScan(TableReader table, @Nullable Key from, @Nullable Key to) {
        this.walk = new BlockWalk(table, new ReadAhead(table));
        this.to = to == null ? null : to.bytes();
        if (from != null && table.properties().last().compareTo(from) < 0) {
            ended = true;
        } else if (from != null && table.properties().first().compareTo(from) < 0) {
            block = walk.seek(from);
            record = block.lowerBound(from.bytes()) - 1;
        }
    }

    /**
     * Moves to the next record.
     *
     * @throws CorruptDataException if it is damaged
     */
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

    /** The record that the scan stands on, valid until it moves on. */
    public RecordView record() {
        Objects.requireNonNull(block, "the scan stands on no record");
        return shown;
    }
}
