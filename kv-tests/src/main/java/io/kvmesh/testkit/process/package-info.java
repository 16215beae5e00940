/**
 * Meshes of real processes that are killed and stopped. {@link io.kvmesh.testkit.process.WriteScript} says what a
 * writer does, {@link io.kvmesh.testkit.process.Ledger} what may be read afterwards,
 * {@link io.kvmesh.testkit.process.MeshChild} is a process with one member,
 * {@link io.kvmesh.testkit.process.MeshProcesses} are three of them, {@link io.kvmesh.testkit.process.TortureRun} does
 * them harm, and {@link io.kvmesh.testkit.process.Torture} is the command line.
 */
@NullMarked
package io.kvmesh.testkit.process;

import org.jspecify.annotations.NullMarked;
