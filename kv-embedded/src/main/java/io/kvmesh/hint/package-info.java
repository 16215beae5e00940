/**
 * Hinted handoff: writes that a replica missed are kept for it and sent when it is back.
 * {@link io.kvmesh.hint.HintedHandoff} puts together the queue of hints that are to be kept
 * ({@link io.kvmesh.hint.HintQueue}), those that are ({@link io.kvmesh.hint.HintBook}), and their replay
 * ({@link io.kvmesh.hint.HintDispatcher}).
 */
@NullMarked
package io.kvmesh.hint;

import org.jspecify.annotations.NullMarked;
