package io.kvmesh.testkit;

/** What a member asks of its disk. */
public enum IoOperation {
    CREATE_DIRECTORIES,
    LIST,
    SIZE,
    CREATE,
    OPEN,
    CREATE_SEGMENT,
    RENAME,
    DELETE,
    SYNC_DIRECTORY,
    LOCK,
    USABLE,
    APPEND,
    READ,
    WRITE,
    SYNC,
    /** A call of the node store, which is one durable step here. */
    NODE_STORE
}
