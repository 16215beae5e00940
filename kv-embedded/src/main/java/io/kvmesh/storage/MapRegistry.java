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

    /** A map that must exist. */
    MapStore require(MapId map) {
        MapStore found = maps.get(map);
        if (found == null) {
            throw new IllegalArgumentException("there is no map with the identity " + map + "; create it first");
        }
        return found;
    }

    /** In the order of their identities. */
    Collection<MapStore> all() {
        return maps.values();
    }

    /** The map with the largest active memtable of those that can be set aside; null if there is none. */
    @Nullable
    MapStore largestToRotate() {
        MapStore largest = null;
        for (MapStore map : maps.values()) {
            if (map.canRotate() && (largest == null || activeBytes(map) > activeBytes(largest))) {
                largest = map;
            }
        }
        return largest;
    }

    private static long activeBytes(MapStore map) {
        return map.view().active().bytes();
    }

    synchronized void add(MapStore map) {
        TreeMap<MapId, MapStore> more = new TreeMap<>(maps);
        more.put(map.descriptor().id(), map);
        maps = more;
    }
}
