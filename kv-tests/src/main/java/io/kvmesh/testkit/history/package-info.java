/**
 * What callers saw, and the checkers that say whether a store that keeps its promises could have shown it.
 *
 * <p>A {@link io.kvmesh.testkit.history.History} of calls and returns and the losses that disks suffered
 * ({@link io.kvmesh.testkit.history.DiskLosses}) go in, {@link io.kvmesh.testkit.history.Violation}s come out. The
 * checkers know nothing of the simulation: a history of real processes is judged by the same ones.
 */
@NullMarked
package io.kvmesh.testkit.history;

import org.jspecify.annotations.NullMarked;
