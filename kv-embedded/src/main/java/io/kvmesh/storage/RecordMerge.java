package io.kvmesh.storage;

import io.kvmesh.storage.record.RecordSource;
import io.kvmesh.storage.record.RecordView;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Merges sources by key, giving the newest record of each, without an object for any. Not safe for several threads.
 *
 * <p>A source that is not merged yet stands on a record. All sources that have the key that is given stand aside, and
 * move on only when the next key is asked for: until then, what is shown stays.
 */
final class RecordMerge implements RecordSource {
    /** A heap: the source with the least key is the first. */
    private RecordSource[] waiting = new RecordSource[8];

    private int waitingCount;
    /** Sources that have the key that is given. */
    private RecordSource[] aside = new RecordSource[8];

    private int asideCount;
    private @Nullable RecordView newest;

    /** Takes in a source, before the first key is asked for. */
    void add(RecordSource source) {
        aside = asideCount == aside.length ? Arrays.copyOf(aside, 2 * asideCount) : aside;
        aside[asideCount++] = source;
    }

    @Override
    public boolean next() {
        moveOn();
        if (waitingCount == 0) {
            newest = null;
            return false;
        }
        RecordView best = takeFirst();
        RecordView first = best;
        while (waitingCount > 0 && waiting[0].record().compareKey(first) == 0) {
            RecordView other = takeFirst();
            best = other.compareCell(best) > 0 ? other : best;
        }
        newest = best;
        return true;
    }

    private void moveOn() {
        for (int i = 0; i < asideCount; i++) {
            if (aside[i].next()) {
                put(aside[i]);
            }
        }
        asideCount = 0;
    }

    private RecordView takeFirst() {
        RecordSource first = waiting[0];
        aside = asideCount == aside.length ? Arrays.copyOf(aside, 2 * asideCount) : aside;
        aside[asideCount++] = first;
        waitingCount--;
        if (waitingCount > 0) {
            sink(waiting[waitingCount]);
        }
        return first.record();
    }

    private void put(RecordSource source) {
        waiting = waitingCount == waiting.length ? Arrays.copyOf(waiting, 2 * waitingCount) : waiting;
        RecordView record = source.record();
        int at = waitingCount++;
        while (at > 0) {
            int parent = (at - 1) >>> 1;
            if (waiting[parent].record().compareKey(record) <= 0) {
                break;
            }
            waiting[at] = waiting[parent];
            at = parent;
        }
        waiting[at] = source;
    }

    /** Puts a source into the free first place and restores the heap. */
    private void sink(RecordSource source) {
        RecordView record = source.record();
        int at = 0;
        for (int child = 1; child < waitingCount; child = 2 * at + 1) {
            if (child + 1 < waitingCount && waiting[child + 1].record().compareKey(waiting[child].record()) < 0) {
                child++;
            }
            if (waiting[child].record().compareKey(record) >= 0) {
                break;
            }
            waiting[at] = waiting[child];
            at = child;
        }
        waiting[at] = source;
    }

    @Override
    public RecordView record() {
        return Objects.requireNonNull(newest, "the merge stands on no record");
    }
}
