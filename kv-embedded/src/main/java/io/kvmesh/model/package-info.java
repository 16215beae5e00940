/**
 * The vocabulary that all other packages share. Read {@link io.kvmesh.model.Key}, {@link io.kvmesh.model.Cell},
 * {@link io.kvmesh.model.Version} and {@link io.kvmesh.model.HybridClock} first.
 */
@NullMarked
package io.kvmesh.model;

import org.jspecify.annotations.NullMarked;
