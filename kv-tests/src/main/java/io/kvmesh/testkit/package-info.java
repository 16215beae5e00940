/**
 * The test kit: whole clusters in one thread, under virtual time and seeded faults.
 *
 * <p>Read {@link io.kvmesh.testkit.SimCluster} first, the members and how they are started, killed and restarted; then
 * {@link io.kvmesh.testkit.SimNetwork}, which delays, loses and cuts; {@link io.kvmesh.testkit.SimDisk}, which loses
 * power, fills up and fails; and {@link io.kvmesh.testkit.SimLoop}, the one queue of events that everything runs on.
 *
 * <p>Nothing here is safe for several threads: a simulation belongs to the thread that made it. The same seed gives the
 * same events in the same order, in any JVM that compresses tables by the same code (decision 0005).
 */
@NullMarked
package io.kvmesh.testkit;

import org.jspecify.annotations.NullMarked;
