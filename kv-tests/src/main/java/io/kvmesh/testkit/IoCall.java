package io.kvmesh.testkit;

import java.nio.file.Path;

/**
 * One call of a member's disk. Immutable.
 *
 * @param number counts the calls of this disk from 1
 */
public record IoCall(long number, IoOperation operation, Path path) {}
