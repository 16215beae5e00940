/**
 * The one binary form of a key with its cell, used by log and SSTables: {@link io.kvmesh.storage.record.RecordCodec}.
 */
@NullMarked
package io.kvmesh.storage.record;

import org.jspecify.annotations.NullMarked;
