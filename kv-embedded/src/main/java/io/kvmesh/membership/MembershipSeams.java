package io.kvmesh.membership;

import io.kvmesh.ring.Partitioner;
import io.kvmesh.ring.Replication;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.transport.Messenger;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.PeerSessions;

/** What the parts of the membership of one member share. Immutable. */
record MembershipSeams(
        MembershipConfig config,
        PeerId self,
        Partitioner partitioner,
        Replication replication,
        int expectedMembers,
        Messenger messenger,
        PeerSessions sessions,
        Clock clock,
        Scheduler scheduler,
        RandomSource random,
        Membership.Listener listener) {}
