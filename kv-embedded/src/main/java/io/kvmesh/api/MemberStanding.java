package io.kvmesh.api;

/** What a member is to the ring, whether it is alive or not. */
public enum MemberStanding {
    /** It holds keys. */
    MEMBER,
    /** It fetches what it is to hold; until then others answer for it. */
    JOINING,
    /** Others fetch what it holds. */
    LEAVING,
    /** It has no part of the ring: it has just come, or it has left. */
    NONE
}
