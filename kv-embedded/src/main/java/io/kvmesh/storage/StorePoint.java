package io.kvmesh.storage;

import io.kvmesh.api.StoreClosedException;
import io.kvmesh.model.NodeId;
import io.kvmesh.storage.sstable.TableReader;
import java.util.ArrayList;
import java.util.List;

/**
 * All that a store held at one position of its log: its tables, which stay on the disk until this is closed, and what
 * its manifest states besides. Immutable, except that it is closed, once.
 */
final class StorePoint implements AutoCloseable {
    private final List<ManifestItem> items;
    private final List<TableReader> tables;

    private StorePoint(List<ManifestItem> items, List<TableReader> tables) {
        this.items = List.copyOf(items);
        this.tables = List.copyOf(tables);
    }

    /** What was written before the call, and of what is written meanwhile all up to some position of the log. */
    static StorePoint take(Flusher flusher, Manifest manifest, MapRegistry maps) {
        return flusher.flushAllThen(() -> now(manifest, maps));
    }

    /** No table is added by a flush meanwhile; merges may go on, since they change nothing of what there is. */
    private static StorePoint now(Manifest manifest, MapRegistry maps) {
        List<TableReader> held = new ArrayList<>();
        List<ManifestItem> items = new ArrayList<>();
        for (MapStore map : maps.all()) {
            for (TableReader table : acquire(map)) {
                held.add(table);
                items.addAll(ManifestItem.added(table));
            }
        }
        // After the maps: the manifest learns of a map before the registry.
        items.addAll(0, manifest.itemsWithoutContent());
        return new StorePoint(items, held);
    }

    /** The tables of one view of a map. Those that a merge has let go of are not in a fresh view any more. */
    @SuppressWarnings("ReferenceEquality")
    private static List<TableReader> acquire(MapStore map) {
        while (true) {
            MapView view = map.view();
            List<TableReader> held = new ArrayList<>();
            for (TableReader table : view.tables()) {
                if (table.acquire()) {
                    held.add(table);
                }
            }
            if (held.size() == view.tables().size()) {
                return held;
            }
            held.forEach(TableReader::release);
            if (map.view() == view) {
                throw new StoreClosedException("the store was closed");
            }
        }
    }

    List<ManifestItem> items() {
        return items;
    }

    /** What a directory's manifest states that has these tables and an empty log. */
    ManifestState state() {
        ManifestState state = new ManifestState();
        state.apply(items);
        return state;
    }

    List<TableReader> tables() {
        return tables;
    }

    NodeId node() {
        return state().identity().node();
    }

    @Override
    public void close() {
        tables.forEach(TableReader::release);
    }
}
