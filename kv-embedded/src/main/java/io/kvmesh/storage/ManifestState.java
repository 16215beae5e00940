package io.kvmesh.storage;

import io.kvmesh.api.Compaction;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;
import io.kvmesh.storage.ManifestItem.CompactionChosen;
import io.kvmesh.storage.ManifestItem.Flushed;
import io.kvmesh.storage.ManifestItem.Generation;
import io.kvmesh.storage.ManifestItem.Identity;
import io.kvmesh.storage.ManifestItem.LogFloor;
import io.kvmesh.storage.ManifestItem.MapCreated;
import io.kvmesh.storage.ManifestItem.NextTable;
import io.kvmesh.storage.ManifestItem.TableAdded;
import io.kvmesh.storage.ManifestItem.TableRemoved;
import io.kvmesh.storage.ManifestItem.TablesChosen;
import io.kvmesh.storage.log.LogPosition;
import io.kvmesh.storage.sstable.TableOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** What all edits of a manifest together state. Not safe for several threads. */
final class ManifestState {
    private Identity identity = new Identity(new NodeId(0), 0);
    private long generation;
    private int logFloor = 1;
    private long nextTableId = 1;
    private final TreeMap<MapId, MapDescriptor> maps = new TreeMap<>();
    private final TreeMap<Long, TableAdded> tables = new TreeMap<>();
    private final TreeMap<MapId, Long> flushedPositions = new TreeMap<>();
    private final TreeMap<MapId, Compaction> policies = new TreeMap<>();
    private final TreeMap<MapId, TablesChosen> tableChoices = new TreeMap<>();

    void apply(List<ManifestItem> items) {
        items.forEach(this::apply);
    }

    private void apply(ManifestItem item) {
        if (item instanceof Identity stated) {
            identity = stated;
        } else if (item instanceof Generation stated) {
            generation = stated.value();
        } else if (item instanceof MapCreated created) {
            maps.put(created.map().id(), created.map());
        } else if (item instanceof TableAdded added) {
            tables.put(added.tableId(), added);
            nextTableId = Math.max(nextTableId, added.tableId() + 1);
        } else if (item instanceof TableRemoved removed) {
            tables.remove(removed.tableId());
        } else if (item instanceof Flushed flushed) {
            flushedPositions.put(flushed.map(), flushed.logPosition());
        } else if (item instanceof LogFloor floor) {
            logFloor = floor.segmentId();
        } else if (item instanceof NextTable next) {
            nextTableId = Math.max(nextTableId, next.tableId());
        } else if (item instanceof CompactionChosen chosen) {
            policies.put(chosen.map(), chosen.policy());
        } else if (item instanceof TablesChosen chosen) {
            tableChoices.put(chosen.map(), chosen);
        }
    }

    /** The fewest items that state the same. */
    List<ManifestItem> toItems() {
        List<ManifestItem> items = new ArrayList<>();
        items.add(identity);
        items.add(new Generation(generation));
        items.add(new LogFloor(logFloor));
        items.add(new NextTable(nextTableId));
        maps.values().forEach(map -> items.add(new MapCreated(map)));
        policies.forEach((map, policy) -> items.add(new CompactionChosen(map, policy)));
        items.addAll(tableChoices.values());
        items.addAll(tables.values());
        flushedPositions.forEach((map, position) -> items.add(new Flushed(map, position)));
        return items;
    }

    Identity identity() {
        return identity;
    }

    long generation() {
        return generation;
    }

    int logFloor() {
        return logFloor;
    }

    long nextTableId() {
        return nextTableId;
    }

    List<MapDescriptor> maps() {
        return List.copyOf(maps.values());
    }

    List<TableAdded> tables() {
        return List.copyOf(tables.values());
    }

    Compaction policy(MapId map) {
        return policies.getOrDefault(map, Compaction.sizeTiered());
    }

    /** How tables of a map are written. */
    TableOptions tableOptions(MapId map, int blockBytes) {
        TableOptions unchosen = TableOptions.ofBlockBytes(blockBytes);
        TablesChosen chosen = tableChoices.get(map);
        return chosen == null
                ? unchosen
                : unchosen.withCompression(chosen.compression()).withBloomBitsPerKey(chosen.bloomBitsPerKey());
    }

    long flushedPosition(MapId map) {
        return flushedPositions.getOrDefault(map, LogPosition.START);
    }
}
