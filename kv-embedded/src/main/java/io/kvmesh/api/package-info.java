/**
 * The public API. Read {@link io.kvmesh.api.KvMap} first, then {@link io.kvmesh.api.ConsistencyLevel},
 * {@link io.kvmesh.api.KvConfig} and {@link io.kvmesh.api.KvException}.
 */
@NullMarked
package io.kvmesh.api;

import org.jspecify.annotations.NullMarked;
