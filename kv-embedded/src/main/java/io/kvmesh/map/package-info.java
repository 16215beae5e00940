/** The user's view: {@link io.kvmesh.map.DistributedKvMap} encodes keys and values and calls the coordinator. */
@NullMarked
package io.kvmesh.map;

import org.jspecify.annotations.NullMarked;
