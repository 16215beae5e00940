package io.kvmesh.testkit;

/** What a member asks of its disk. */
public enum IoOperation {
    CREATE_DIRECTORIES,
    LIST,
    SIZE,
    CREATE,
    OPEN,
    CREATE_SEGMENT,
    OPEN_SEGMENT,
    RENAME,
    LINK,
    DELETE,
    SYNC_DIRECTORY,
    LOCK,
    USABLE,
    APPEND,
    READ,
    WRITE,
    SYNC,
    /** A call of the node store, which is one durable step here. */
    NODE_STORE,
    /** A call of the hint store, which is one durable step here. */
    HINT_STORE;

    /** Whether it looks at files or names and changes nothing. */
    boolean isRead() {
        return switch (this) {
            case LIST, SIZE, OPEN, OPEN_SEGMENT, USABLE, READ -> true;
            default -> false;
        };
    }

    /** Whether it brings to stable storage what was written before. */
    boolean isSync() {
        return this == SYNC || this == SYNC_DIRECTORY;
    }
}
