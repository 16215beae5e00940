/**
 * The coordinator's side of a request: {@link io.kvmesh.coordinator.Coordinator} starts reads and writes of one key,
 * each a small state machine that counts the answers of replicas with a quorum tracker.
 */
@NullMarked
package io.kvmesh.coordinator;

import org.jspecify.annotations.NullMarked;
