/**
 * Who is a member and who is alive: {@link io.kvmesh.membership.ClusterView} is what others read,
 * {@link io.kvmesh.membership.Membership} is what changes it. Inside, read {@code ControlLoop} first, then
 * {@code Gossiper} with {@code GossipTable} (who is a member) and {@code FailureDetector} with {@code ArrivalWindow}
 * (who is alive).
 */
@NullMarked
package io.kvmesh.membership;

import org.jspecify.annotations.NullMarked;
