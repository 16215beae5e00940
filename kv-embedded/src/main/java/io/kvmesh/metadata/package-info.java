/** What a member remembers about the mesh between runs: {@link io.kvmesh.metadata.NodeStore}. */
@NullMarked
package io.kvmesh.metadata;

import org.jspecify.annotations.NullMarked;
