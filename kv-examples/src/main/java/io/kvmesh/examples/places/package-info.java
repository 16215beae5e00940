/**
 * A job over real data on a mesh of several processes: load, read back, lose a member, go on, get it back.
 *
 * <p>Read {@link io.kvmesh.examples.places.Places} for the job itself,
 * {@link io.kvmesh.examples.places.PlacesMember} for what an application does that is a member of a mesh, then
 * {@link io.kvmesh.examples.places.Workload} for how it reads and writes.
 */
@NullMarked
package io.kvmesh.examples.places;

import org.jspecify.annotations.NullMarked;
