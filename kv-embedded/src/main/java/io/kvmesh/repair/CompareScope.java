package io.kvmesh.repair;

import io.kvmesh.model.KeySpan;
import io.kvmesh.model.MapId;
import io.kvmesh.storage.record.RecordView;

/**
 * What a comparison of replicas looks at: the cells of one partition of one map that all replicas must have. Immutable.
 *
 * <p>A deletion that all replicas know, and that is older than gc grace, may be forgotten by one replica and not yet by
 * another, since each merges its tables when it likes. The same holds for what has expired, which a merge turns into a
 * deletion first. So neither counts below {@code forgottenBeforeMicros}, the greatest stamp below which any replica may
 * have forgotten something; and above it what has expired counts as the deletion that it becomes.
 *
 * @param forgottenBeforeMicros below this stamp deletions do not count
 * @param nowMicros the wall time at which the comparison began, by which all of them tell what has expired
 */
record CompareScope(MapId map, int partition, long forgottenBeforeMicros, long nowMicros) {

    KeySpan span() {
        return KeySpan.ofPartitions(partition, partition);
    }

    boolean counts(RecordView record) {
        return record.isLive(nowMicros) || record.timestampMicros() >= forgottenBeforeMicros;
    }
}
