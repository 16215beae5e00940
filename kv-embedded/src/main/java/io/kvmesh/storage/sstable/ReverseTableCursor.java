package io.kvmesh.storage.sstable;

import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Walks the records of one table in descending order, for a user, whose scan's start the cache takes in. Not safe for
 * several threads. The table must be acquired meanwhile.
 */
public final class ReverseTableCursor {
    private final BlockWalk walk;
    private final Key from;
    private @Nullable Block block;
    private int record;
    private boolean ended;
    private @Nullable Key key;

    /** Stands behind the last key before {@code to}, or that of the table; ends with {@code from}. */
    public ReverseTableCursor(TableReader table, Key from, @Nullable Key to) {
        this.walk = new BlockWalk(table, new ScanStart(table));
        this.from = from;
        if (to != null && table.properties().first().compareTo(to) >= 0) {
            ended = true;
        } else if (to != null && table.properties().last().compareTo(to) >= 0) {
            block = walk.seek(to);
            record = block.lowerBound(to.bytes());
        } else {
            block = walk.last();
            record = block.count();
        }
    }

    public boolean next() {
        Key previous = key;
        key = null;
        while (!ended) {
            if (--record >= 0) {
                return arrive(Objects.requireNonNull(block), previous);
            }
            Block before = walk.previous();
            block = before;
            record = before == null ? 0 : before.count();
            ended = before == null;
        }
        return false;
    }

    private boolean arrive(Block current, @Nullable Key previous) {
        Key next;
        try {
            next = current.key(record);
            if (previous != null && previous.compareTo(next) <= 0) {
                throw new MalformedBytesException("key " + previous + " follows key " + next);
            }
        } catch (MalformedBytesException e) {
            throw walk.damaged(e);
        }
        if (next.compareTo(from) < 0) {
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

    /** Gives back what it stands on: from here on it stands on no key, and is at its end. */
    public void close() {
        ended = true;
        key = null;
        block = null;
        walk.close();
    }
}
