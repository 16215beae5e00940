package io.kvmesh.api;

import java.util.List;

/** What an operator asks of a member. Safe for any thread; answers are this member's view at one moment. */
public interface Admin {

    /** The identity of this member: sixteen hexadecimal digits. */
    String nodeId();

    /** All members of the ring, this one included, ordered by identity. */
    List<MemberInfo> members();

    /** The identities of the members that hold the partition of a key, first replica first. */
    List<String> replicasOf(String map, Object key);

    Health health();

    StorageInfo storage();

    /** What this member waits for from others. */
    TrafficInfo traffic();

    /** Writes all memtables to SSTables and returns when that is done. */
    void flush();
}
