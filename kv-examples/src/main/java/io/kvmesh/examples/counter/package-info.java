/**
 * Counting visits in a mesh: {@link io.kvmesh.examples.counter.NaiveCounter} loses some, as its test shows, and {@link
 * io.kvmesh.examples.counter.LaneCounter} does not.
 */
@NullMarked
package io.kvmesh.examples.counter;

import org.jspecify.annotations.NullMarked;
