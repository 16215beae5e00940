package io.kvmesh.storage;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.model.Key;
import io.kvmesh.model.KeySpan;
import io.kvmesh.model.MapId;
import io.kvmesh.model.Version;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table that could not be opened, or the part of one that could not be read when the rest was rewritten, and was put
 * aside. Immutable. Until other replicas have told what it held, nobody knows whether a key of its spans has a newer
 * cell than those at hand.
 *
 * @param spans where its keys lay, in their order; all of the map if that is not known
 * @param timestampMicrosMax the greatest stamp that it can hold
 * @param reason what was wrong with it, naming the file
 */
record LostTable(MapId map, long tableId, List<KeySpan> spans, long timestampMicrosMax, String reason) {

    LostTable {
        spans = List.copyOf(spans);
    }

    /** Whether it may have held a key. */
    boolean mayHold(Key key) {
        for (int i = 0; i < spans.size(); i++) {
            if (spans.get(i).contains(key)) {
                return true;
            }
        }
        return false;
    }

    /** Refuses an answer if the table may have held a newer one. */
    void requireNotHiding(Key key, @Nullable Version newest) {
        boolean newer = newest != null && newest.timestampMicros() > timestampMicrosMax;
        if (!newer && mayHold(key)) {
            throw new CorruptDataException("key " + key + " may have been in a table that is lost: " + reason);
        }
    }

    /** Refuses a walk that may lack keys. */
    void requireNotIn(KeySpan walk) {
        if (spans.stream().anyMatch(walk::overlaps)) {
            throw new CorruptDataException("keys may have been in a table that is lost: " + reason);
        }
    }
}
