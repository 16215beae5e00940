/**
 * Frames over JGroups: a channel whose stack is {@code TCP} alone. Read
 * {@link io.kvmesh.transport.jgroups.JGroupsTransport} first. Nothing outside this package knows JGroups.
 */
@NullMarked
package io.kvmesh.transport.jgroups;

import org.jspecify.annotations.NullMarked;
