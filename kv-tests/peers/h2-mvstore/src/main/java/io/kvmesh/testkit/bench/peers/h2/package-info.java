/** Lets the benchmark of the storage engine measure the MVStore of H2. */
@NullMarked
package io.kvmesh.testkit.bench.peers.h2;

import org.jspecify.annotations.NullMarked;
