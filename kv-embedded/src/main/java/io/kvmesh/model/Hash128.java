package io.kvmesh.model;

/** A 128-bit hash value. Immutable. */
public record Hash128(long high, long low) {}
