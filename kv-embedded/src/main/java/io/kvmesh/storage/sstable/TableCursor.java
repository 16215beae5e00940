package io.kvmesh.storage.sstable;

import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Walks the records of one table in ascending order. Not safe for several threads. The table must be acquired
 * meanwhile.
 */
public final class TableCursor {
    private final BlockWalk walk;
    private final @Nullable Key to;
    private @Nullable Block block;
    private int record;
    private boolean ended;
    private @Nullable Key key;

    /** Stands before the first key at or behind {@code from}; ends before {@code to}, or at the table's end. */
    public TableCursor(TableReader table, Key from, @Nullable Key to) {
        this.walk = new BlockWalk(table, ScanStart.pastTheCache(table));
        this.to = to;
        if (table.properties().last().compareTo(from) < 0) {
            ended = true;
        } else if (table.properties().first().compareTo(from) < 0) {
            block = walk.seek(from);
            record = block.lowerBound(from.bytes()) - 1;
        }
    }

    public boolean next() {
        Key previous = key;
        key = null;
        while (!ended) {
            Block current = block;
            if (current != null && ++record < current.count()) {
                return arrive(current, previous);
            }
            block = walk.next();
            record = -1;
            ended = block == null;
        }
        return false;
    }

    private boolean arrive(Block current, @Nullable Key previous) {
        Key next;
        try {
            next = current.key(record);
            if (previous != null && previous.compareTo(next) >= 0) {
                throw new MalformedBytesException("key " + next + " follows key " + previous);
            }
        } catch (MalformedBytesException e) {
            throw walk.damaged(e);
        }
        if (to != null && next.compareTo(to) >= 0) {
            ended = true;
            return false;
        }
        key = next;
        return true;
    }

    public Key key() {
        return Objects.requireNonNull(key, "the cursor stands on no key");
    }

    public Cell cell() {
        Objects.requireNonNull(key, "the cursor stands on no key");
        try {
            return Objects.requireNonNull(block).cell(record);
        } catch (MalformedBytesException e) {
            throw walk.damaged(e);
        }
    }
}
