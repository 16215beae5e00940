package io.kvmesh.membership;

import io.kvmesh.transport.PeerId;

/** How much somebody knows of one member: its generation and the highest version of its state. Immutable. */
record DigestEntry(PeerId peer, long version) {}
