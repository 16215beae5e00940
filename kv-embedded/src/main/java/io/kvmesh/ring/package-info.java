/**
 * Who holds what: {@link io.kvmesh.ring.Token}, {@link io.kvmesh.ring.Partitioner} and the immutable
 * {@link io.kvmesh.ring.Ring}. Pure functions of their input.
 */
@NullMarked
package io.kvmesh.ring;

import org.jspecify.annotations.NullMarked;
