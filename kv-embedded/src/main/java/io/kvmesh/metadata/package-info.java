/**
 * What a member remembers about the mesh between runs: {@link io.kvmesh.metadata.NodeStore}, and the writes that it
 * keeps for members that missed them: {@link io.kvmesh.metadata.HintStore}.
 */
@NullMarked
package io.kvmesh.metadata;

import org.jspecify.annotations.NullMarked;
