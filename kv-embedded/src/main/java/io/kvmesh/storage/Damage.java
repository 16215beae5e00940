package io.kvmesh.storage;

import io.kvmesh.model.MapId;

/**
 * A table of which some keys, or all, cannot be read. Immutable.
 *
 * @param reason what was found first, naming the file and where in it
 */
public record Damage(MapId map, long tableId, String reason) {}
