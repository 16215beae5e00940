package io.kvmesh.storage;

import io.kvmesh.model.MapId;
import java.util.Collection;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The maps of a store by identity. Safe for any thread: a change publishes a new snapshot. */
final class MapRegistry {
    private volatile NavigableMap<MapId, MapStore> maps = new TreeMap<>();

    @Nullable
    MapStore find(MapId map) {
        return maps.get(map);
    }

    /** In the order of their identities. */
    Collection<MapStore> all() {
        return maps.values();
    }

    synchronized void add(MapStore map) {
        TreeMap<MapId, MapStore> more = new TreeMap<>(maps);
        more.put(map.descriptor().id(), map);
        maps = more;
    }
}
