/**
 * Measures the storage engine alone, beside engines of others: {@link io.kvmesh.testkit.bench.storage.StorageBench} is
 * the command, {@link io.kvmesh.testkit.bench.storage.StorageChild} the process that performs one workload,
 * {@link io.kvmesh.testkit.bench.storage.BenchEngine} what an engine must be able to do.
 */
@NullMarked
package io.kvmesh.testkit.bench.storage;

import org.jspecify.annotations.NullMarked;
