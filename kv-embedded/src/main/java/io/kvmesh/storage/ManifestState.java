package io.kvmesh.storage;

import io.kvmesh.api.Compaction;
import io.kvmesh.model.KeySpan;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;
import io.kvmesh.storage.ManifestItem.CompactionChosen;
import io.kvmesh.storage.ManifestItem.Flushed;
import io.kvmesh.storage.ManifestItem.Generation;
import io.kvmesh.storage.ManifestItem.Identity;
import io.kvmesh.storage.ManifestItem.KeysLost;
import io.kvmesh.storage.ManifestItem.LogFloor;
import io.kvmesh.storage.ManifestItem.MapCreated;
import io.kvmesh.storage.ManifestItem.NextTable;
import io.kvmesh.storage.ManifestItem.TableAdded;
import io.kvmesh.storage.ManifestItem.TableCovers;
import io.kvmesh.storage.ManifestItem.TableLost;
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
    private final TreeMap<Long, TableCovers> covers = new TreeMap<>();
    /** Those of the tables that cannot be opened. */
    private final TreeMap<Long, TableLost> lost = new TreeMap<>();
    /** What could not be read of tables that are no more. */
    private final TreeMap<Long, KeysLost> keysLost = new TreeMap<>();

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
            covers.remove(removed.tableId());
            lost.remove(removed.tableId());
            keysLost.remove(removed.tableId());
        } else if (item instanceof TableCovers stated) {
            covers.put(stated.tableId(), stated);
        } else if (item instanceof TableLost stated) {
            lost.put(stated.tableId(), stated);
        } else if (item instanceof KeysLost stated) {
            keysLost.put(stated.lost().tableId(), stated);
            nextTableId = Math.max(nextTableId, stated.lost().tableId() + 1);
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
        items.addAll(covers.values());
        items.addAll(lost.values());
        items.addAll(keysLost.values());
        flushedPositions.forEach((map, position) -> items.add(new Flushed(map, position)));
        return items;
    }

    /** As {@link #toItems}, but nothing of the log, and of tables only those that are lost: their keys stay unknown. */
    List<ManifestItem> itemsWithoutContent() {
        ManifestState rest = new ManifestState();
        rest.apply(toItems());
        rest.tables.keySet().retainAll(lost.keySet());
        rest.covers.keySet().retainAll(lost.keySet());
        rest.flushedPositions.clear();
        rest.logFloor = 1;
        return rest.toItems();
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

    /** Those that can be opened. */
    List<TableAdded> tables() {
        return tables.values().stream()
                .filter(table -> !lost.containsKey(table.tableId()))
                .toList();
    }

    List<LostTable> lost() {
        List<LostTable> found = new ArrayList<>();
        lost.forEach((tableId, item) -> {
            TableAdded table = tables.get(tableId);
            TableCovers known = covers.get(tableId);
            if (table != null) {
                KeySpan span = known == null ? KeySpan.ALL : KeySpan.closed(known.first(), known.last());
                long stampMax = known == null ? Long.MAX_VALUE : known.timestampMicrosMax();
                found.add(new LostTable(table.map(), tableId, List.of(span), stampMax, item.reason()));
            }
        });
        keysLost.values().forEach(item -> found.add(item.lost()));
        return found;
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
