/**
 * Tests with real processes, disks and sockets. {@link io.kvmesh.process.LoneChild} is a process with a store that is
 * alone; the processes of a mesh are those of {@link io.kvmesh.testkit.process}.
 */
@NullMarked
package io.kvmesh.process;

import org.jspecify.annotations.NullMarked;
