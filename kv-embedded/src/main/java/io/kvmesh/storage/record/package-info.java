/**
 * What log and SSTables have in common: {@link io.kvmesh.storage.record.RecordView} shows a record where it lies.
 */
@NullMarked
package io.kvmesh.storage.record;

import org.jspecify.annotations.NullMarked;
