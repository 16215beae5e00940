package io.kvmesh.storage;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.model.Key;
import io.kvmesh.model.KeySpan;
import io.kvmesh.model.MapId;
import io.kvmesh.model.Version;
import org.jspecify.annotations.Nullable;

/**
 * A table that could not be opened, and was put aside. Immutable. Until other replicas have told what it held, nobody
 * knows whether a key between its first and its last has a newer cell than those at hand.
 *
 * @param span where its keys lay; all of the map if that is not known
 * @param timestampMicrosMax the greatest stamp that it can hold
 * @param reason what was wrong with it, naming the file
 */
record LostTable(MapId map, long tableId, KeySpan span, long timestampMicrosMax, String reason) {

    /** Refuses an answer if the table may have held a newer one. */
    void requireNotHiding(Key key, @Nullable Version newest) {
        boolean newer = newest != null && newest.timestampMicros() > timestampMicrosMax;
        if (!newer && span.contains(key)) {
            throw new CorruptDataException("key " + key + " may have been in a table that is lost: " + reason);
        }
    }

    /** Refuses a walk that may lack keys. */
    void requireNotIn(KeySpan walk) {
        if (span.overlaps(walk)) {
            throw new CorruptDataException("keys may have been in a table that is lost: " + reason);
        }
    }
}
