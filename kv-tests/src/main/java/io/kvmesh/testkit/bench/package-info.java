/**
 * Measures the library in real processes: {@link io.kvmesh.testkit.bench.Bench} is the command line,
 * {@link io.kvmesh.testkit.bench.ClusterBench} drives three members, {@link io.kvmesh.testkit.bench.OpenBench} opens a
 * store in fresh JVMs, the package {@code storage} measures the storage engine alone,
 * {@link io.kvmesh.testkit.bench.ChildJvm} is a process that was started for it.
 */
@NullMarked
package io.kvmesh.testkit.bench;

import org.jspecify.annotations.NullMarked;
