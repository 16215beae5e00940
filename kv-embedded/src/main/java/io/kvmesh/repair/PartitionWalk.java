package io.kvmesh.repair;

import io.kvmesh.model.Key;
import io.kvmesh.model.KeySpan;
import io.kvmesh.storage.CellCursor;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.storage.record.RecordView;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Walks a part of a partition as it is at the moment. Stateless. */
final class PartitionWalk {
    private static final int RECORD_BYTES = 32;

    private PartitionWalk() {}

    /** How far a walk came: the key from which another one goes on, null at the end, and what it read. */
    record Stop(@Nullable Key next, long bytes) {}

    /**
     * Shows the records that count, from one key on, until a bound of bytes is read or the visitor has enough. At least
     * one record is read if there is one.
     *
     * @param visitor tells whether it wants more
     */
    static Stop walk(StorageEngine engine, CompareScope scope, Key from, long bytesMax, Predicate<RecordView> visitor) {
        KeySpan span = scope.span();
        Key to = span.to();
        if (to != null && from.compareTo(to) >= 0) {
            return new Stop(null, 0);
        }
        long bytes = 0;
        boolean more = true;
        try (CellCursor cursor = engine.scan(scope.map(), from, to)) {
            while (cursor.next()) {
                if (!more || bytes >= bytesMax) {
                    return new Stop(cursor.key(), bytes);
                }
                RecordView record = cursor.record();
                bytes += record.keyLength() + record.valueLength() + RECORD_BYTES;
                more = !scope.counts(record) || visitor.test(record);
            }
        }
        return new Stop(null, bytes);
    }
}
