/**
 * Tests with real processes, disks and sockets. {@link io.kvmesh.process.WriteScript} says what a writer does,
 * {@link io.kvmesh.process.Ledger} what may be read afterwards; {@link io.kvmesh.process.LoneChild} and
 * {@link io.kvmesh.process.MeshChild} are the processes.
 */
@NullMarked
package io.kvmesh.process;

import org.jspecify.annotations.NullMarked;
