/**
 * Where a member is put together: {@link io.kvmesh.node.Environment} is what it is given of the outside world. This
 * package may use all others, and none of them may use it.
 */
@NullMarked
package io.kvmesh.node;

import org.jspecify.annotations.NullMarked;
