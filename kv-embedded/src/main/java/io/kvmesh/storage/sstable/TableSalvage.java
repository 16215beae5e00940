package io.kvmesh.storage.sstable;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Key;
import io.kvmesh.model.KeySpan;
import io.kvmesh.storage.record.RecordView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads what can be read of a table, past the cache, and tells between which keys it cannot. Not safe for several
 * threads. The table must be acquired meanwhile.
 */
public final class TableSalvage {
    /** More spans than this become one, from the first to the last. */
    static final int SPANS_MAX = 1_000;

    /** Takes the records of intact blocks, in the order of their keys; each is valid until the next one. */
    @FunctionalInterface
    public interface Sink {
        void add(RecordView record) throws IOException;
    }

    private final TableReader table;
    private final RecordView shown = new RecordView();
    private final List<KeySpan> damaged = new ArrayList<>();
    private int partition = -1;
    private @Nullable Block entries;
    private int entry;

    public TableSalvage(TableReader table) {
        this.table = table;
    }

    /** Reads the next block; false behind the last one. */
    public boolean next(Sink sink) throws IOException {
        Block current = entries;
        if (current == null || entry + 1 == current.count()) {
            if (partition + 1 == table.index().partitions()) {
                return false;
            }
            partition++;
            entry = -1;
            current = partition();
            entries = current;
            if (current == null) {
                hide(start(partition), end(partition));
                return true;
            }
        }
        entry++;
        read(current, sink);
        return true;
    }

    /** The keys of blocks that could not be read, in their order. */
    public List<KeySpan> damaged() {
        return List.copyOf(damaged);
    }

    private @Nullable Block partition() {
        try {
            return table.partitionForWalk(partition);
        } catch (CorruptDataException e) {
            // The table remembers it.
            return null;
        }
    }

    private void read(Block current, Sink sink) throws IOException {
        Block block;
        try {
            block = table.readTwice(current.entryOffset(entry), current.entryLength(entry));
            for (int i = 0; i < block.count(); i++) {
                block.show(i, shown);
            }
        } catch (MalformedBytesException e) {
            Key from = partition == 0 && entry == 0 ? start(0) : current.key(entry);
            hide(from, entry + 1 < current.count() ? current.key(entry + 1) : end(partition));
            return;
        }
        for (int i = 0; i < block.count(); i++) {
            block.show(i, shown);
            sink.add(shown);
        }
    }

    private Key start(int ofPartition) {
        Key first = table.properties().first();
        return ofPartition == 0 ? first : Key.ofStorageBytes(table.index().separator(ofPartition));
    }

    private Key end(int ofPartition) {
        return ofPartition + 1 < table.index().partitions()
                ? start(ofPartition + 1)
                : KeySpan.after(table.properties().last());
    }

    private void hide(Key from, @Nullable Key to) {
        KeySpan before = damaged.isEmpty() ? null : damaged.get(damaged.size() - 1);
        if (before != null && Objects.equals(before.to(), from)) {
            damaged.set(damaged.size() - 1, new KeySpan(before.from(), to));
        } else if (damaged.size() == SPANS_MAX) {
            KeySpan all = new KeySpan(damaged.get(0).from(), to);
            damaged.clear();
            damaged.add(all);
        } else {
            damaged.add(new KeySpan(from, to));
        }
    }
}
