package io.kvmesh.storage;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.model.MapId;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.storage.sstable.BlockCache;
import io.kvmesh.storage.sstable.TableReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the tables that a manifest names. Used by one thread, once.
 *
 * <p>One that is missing or cannot be opened makes the store refuse its directory, unless it may do without: then the
 * manifest remembers that the table is lost before its file is put aside, so that no later opening takes its keys for
 * absent.
 */
final class TableOpening {
    private static final Logger LOG = LoggerFactory.getLogger(TableOpening.class);
    /** Bytes that are wrong only on their way from the disk are right another time. */
    private static final int ATTEMPTS = 3;

    private final FileSystem files;
    private final TableFiles tableFiles;
    private final Quarantine quarantine;
    private final BlockCache cache;
    private final boolean withoutDamaged;
    private final List<TableReader> opened = new ArrayList<>();

    TableOpening(FileSystem files, StorageConfig config, BlockCache cache) {
        this.files = files;
        this.tableFiles = TableFiles.in(config.directory());
        this.quarantine = new Quarantine(files, config.directory());
        this.cache = cache;
        this.withoutDamaged = config.openDamaged();
    }

    /** A way to read the manifest. */
    @FunctionalInterface
    interface StateSource {
        ManifestState load() throws IOException;
    }

    /**
     * Reads the manifest before anything is written. Its last edit may have been read wrongly, and then what the others
     * name is not what there is: another attempt may read it right.
     */
    ManifestState load(StateSource source) throws IOException {
        ManifestState state = source.load();
        Path missing = missing(state);
        for (int i = 1; i < ATTEMPTS && missing != null; i++) {
            state = source.load();
            missing = missing(state);
        }
        if (missing != null && !withoutDamaged) {
            throw new CorruptDataException("SSTable " + missing
                    + " is missing, but the manifest names it: restore it, or the whole directory from a backup");
        }
        return state;
    }

    private @Nullable Path missing(ManifestState state) {
        for (ManifestItem.TableAdded table : state.tables()) {
            Path path = tableFiles.table(table.tableId());
            if (!files.exists(path)) {
                return path;
            }
        }
        return null;
    }

    /** The tables of each map that can be read. */
    Map<MapId, List<TableReader>> open(Manifest manifest) throws IOException {
        TreeMap<MapId, List<TableReader>> tables = new TreeMap<>();
        TreeSet<Long> named = new TreeSet<>();
        boolean anyMissing = false;
        for (ManifestItem.TableAdded table : manifest.tables()) {
            named.add(table.tableId());
            List<TableReader> ofMap = tables.computeIfAbsent(table.map(), map -> new ArrayList<>());
            try {
                ofMap.add(open(table));
            } catch (CorruptDataException e) {
                if (!withoutDamaged) {
                    throw e;
                }
                LOG.warn("An SSTable is put aside; keys that it may have held are refused from now on", e);
                manifest.edit(new ManifestItem.TableLost(table.tableId(), String.valueOf(e.getMessage())));
            }
            anyMissing |= !files.exists(tableFiles.table(table.tableId()));
        }
        TreeSet<Long> lost = new TreeSet<>();
        manifest.lostTables().forEach(table -> lost.add(table.tableId()));
        named.removeAll(lost);
        removeUnnamed(manifest, named, lost, anyMissing);
        return tables;
    }

    /** What was opened so far. */
    List<TableReader> opened() {
        return opened;
    }

    private TableReader open(ManifestItem.TableAdded table) throws IOException {
        for (int attempt = 1; ; attempt++) {
            try {
                return openOnce(table);
            } catch (CorruptDataException e) {
                if (attempt == ATTEMPTS) {
                    throw e;
                }
                LOG.debug("Opening SSTable {} again", table.tableId(), e);
            }
        }
    }

    private TableReader openOnce(ManifestItem.TableAdded table) throws IOException {
        Path path = tableFiles.table(table.tableId());
        if (!files.exists(path)) {
            throw new CorruptDataException("SSTable " + path + " is missing");
        }
        TableReader reader = TableReader.open(files, path, table.tableId(), cache);
        if (reader.sizeBytes() != table.sizeBytes()
                || !reader.properties().map().equals(table.map())) {
            long sizeBytes = reader.sizeBytes();
            reader.release();
            throw new CorruptDataException("SSTable " + path + " has " + sizeBytes + " bytes, but the manifest expects "
                    + table.sizeBytes() + " of the map " + table.map());
        }
        opened.add(reader);
        return reader;
    }

    /**
     * Removes what is left of a flush or merge that did not reach the manifest; the log, or the inputs, still have its
     * records. Where a named table is missing the manifest may have lost an edit, so that these may be what it named:
     * they are kept aside.
     */
    private void removeUnnamed(Manifest manifest, Set<Long> named, Set<Long> lost, boolean keep) throws IOException {
        for (Path file : files.list(tableFiles.directory())) {
            long tableId = TableFiles.tableIdOf(file);
            if (TableFiles.isTemporary(file)) {
                files.delete(file);
            } else if (tableId >= 0 && !named.contains(tableId)) {
                if (keep || lost.contains(tableId)) {
                    quarantine.take(file);
                } else {
                    files.delete(file);
                }
                manifest.skipTableId(tableId);
            }
        }
    }
}
