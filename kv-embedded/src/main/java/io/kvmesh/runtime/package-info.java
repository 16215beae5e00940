/**
 * The seams: everything that the rest of the library may know of time, threads, randomness and files. Read
 * {@link io.kvmesh.runtime.Clock}, {@link io.kvmesh.runtime.Scheduler}, {@link io.kvmesh.runtime.Blocking} and
 * {@link io.kvmesh.runtime.FileSystem} first. The production versions live beside the interfaces; the simulated ones
 * are in the test kit. Nothing outside this package asks the machine.
 */
@NullMarked
package io.kvmesh.runtime;

import org.jspecify.annotations.NullMarked;
