/** Lets the benchmark of the storage engine measure RocksDB through its Java binding. */
@NullMarked
package io.kvmesh.testkit.bench.peers.rocksdb;

import org.jspecify.annotations.NullMarked;
