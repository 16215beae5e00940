package io.kvmesh.model;

/** A write of one cell under one key of one map. Immutable. */
public record Mutation(MapId map, Key key, Cell cell) {}
