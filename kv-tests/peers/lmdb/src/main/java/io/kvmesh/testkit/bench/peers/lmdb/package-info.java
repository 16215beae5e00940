/** Lets the benchmark of the storage engine measure LMDB through lmdbjava. */
@NullMarked
package io.kvmesh.testkit.bench.peers.lmdb;

import org.jspecify.annotations.NullMarked;
