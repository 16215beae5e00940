package io.kvmesh.testkit.history;

/** What an operation asks for. */
public enum OperationKind {
    READ,
    WRITE,
    DELETE
}
