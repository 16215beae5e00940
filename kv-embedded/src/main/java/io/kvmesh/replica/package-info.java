/**
 * The replica's side of a request: {@link io.kvmesh.replica.ReplicaService} answers reads and writes from the local
 * engine, {@link io.kvmesh.replica.ReplicaMessages} is what such requests look like on the wire.
 */
@NullMarked
package io.kvmesh.replica;

import org.jspecify.annotations.NullMarked;
