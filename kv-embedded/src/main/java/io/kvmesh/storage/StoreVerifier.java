package io.kvmesh.storage;

import io.kvmesh.api.DirectoryLockedException;
import io.kvmesh.api.KvException;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.MapId;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.FileSystem.FileLock;
import io.kvmesh.runtime.FileSystem.FileLockedException;
import io.kvmesh.runtime.FileSystem.ReadFile;
import io.kvmesh.storage.check.Findings;
import io.kvmesh.storage.check.TableCheck;
import io.kvmesh.storage.log.LogVerifier;
import io.kvmesh.storage.sstable.TableProperties;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Checks all that can be checked of the directory of a store that is closed, or of a snapshot, and writes nothing. Used
 * by one thread, once.
 *
 * <ol>
 *   <li>CURRENT and the manifest that it names, edit by edit.
 *   <li>Every table that the manifest names: every checksum, the order of keys, what the index, the bloom filter and
 *       the properties say, and that it is the table that the manifest means.
 *   <li>The log, as the next opening will read it.
 *   <li>Files that belong to nothing.
 * </ol>
 */
public final class StoreVerifier {
    private static final Set<String> OTHER_NAMES = Set.of(
            ManifestFormat.CURRENT,
            "LOCK",
            "tables",
            "log",
            "snapshots",
            "node.db",
            "node.db-wal",
            "node.db-shm",
            StoreRestore.MARK);

    private final FileSystem files;
    private final Path directory;
    private final Path current;
    private final Findings findings;

    public StoreVerifier(FileSystem files, Path directory, Findings findings) {
        this.files = files;
        this.directory = directory;
        this.current = directory.resolve(ManifestFormat.CURRENT);
        this.findings = findings;
    }

    /** Whether this is the directory of a store, perhaps a damaged one. */
    public static boolean isStore(FileSystem files, Path directory) {
        return files.exists(directory.resolve(ManifestFormat.CURRENT))
                || files.exists(directory.resolve("tables"))
                || files.exists(directory.resolve("log"));
    }

    /**
     * Checks the directory.
     *
     * @throws DirectoryLockedException if a store has it open
     * @throws IOException if a directory cannot be listed
     */
    public void verify() throws IOException {
        FileLock lock = lock();
        try {
            ManifestState state = manifest();
            if (state != null) {
                verify(state);
            }
        } finally {
            if (lock != null) {
                lock.close();
            }
        }
    }

    /** A directory without the file to lock has never been opened, as a snapshot. */
    private @Nullable FileLock lock() throws IOException {
        Path file = directory.resolve("LOCK");
        try {
            return files.exists(file) ? files.lock(file) : null;
        } catch (FileLockedException e) {
            throw new DirectoryLockedException(
                    "the directory " + directory + " is open in a store: close that, or check a snapshot", e);
        }
    }

    private @Nullable ManifestState manifest() throws IOException {
        findings.begin(current);
        if (!files.exists(current)) {
            boolean restoring = files.exists(directory.resolve(StoreRestore.MARK));
            findings.damaged(
                    current,
                    restoring
                            ? "is missing: a restore into this directory did not end; do it again"
                            : "is missing: this is no store, or an unfinished snapshot");
            return null;
        }
        Path file = current;
        try {
            long number = Manifest.currentNumber(files, directory);
            file = ManifestFormat.file(directory, number);
            findings.begin(file);
            ManifestState state = Manifest.load(files, directory, number);
            noteTornEnd(file);
            noteOthers(file);
            return state;
        } catch (KvException | IOException e) {
            findings.damaged(file, String.valueOf(e.getMessage()));
            return null;
        }
    }

    private void noteTornEnd(Path manifest) throws IOException {
        try (ReadFile content = files.open(manifest)) {
            byte[] bytes = new byte[Math.toIntExact(content.sizeBytes())];
            content.readFully(0, bytes, 0, bytes.length);
            int intactBytes = ManifestFormat.intactBytes(bytes);
            if (intactBytes < bytes.length) {
                findings.noted(
                        manifest,
                        "ends torn at offset " + intactBytes + ", as after a crash; nothing relied on the last edit");
            }
        }
    }

    private void noteOthers(Path manifest) throws IOException {
        for (Path file : files.list(directory)) {
            String name = String.valueOf(file.getFileName());
            boolean isOtherManifest = ManifestFormat.isManifest(file) && !file.equals(manifest);
            if (isOtherManifest || name.equals(ManifestFormat.CURRENT + ".tmp")) {
                findings.noted(file, "is the rest of a crash; the next opening deletes or replaces it");
            } else if (!ManifestFormat.isManifest(file) && !OTHER_NAMES.contains(name)) {
                findings.noted(file, "is no file of a store");
            }
        }
    }

    private void verify(ManifestState state) throws IOException {
        Set<MapId> maps = state.maps().stream().map(MapDescriptor::id).collect(Collectors.toCollection(TreeSet::new));
        int partitions = state.identity().partitions();
        TableFiles tableFiles = TableFiles.in(directory);
        Set<Path> named = new TreeSet<>();
        for (ManifestItem.TableAdded table : state.tables()) {
            Path file = tableFiles.table(table.tableId());
            named.add(file);
            TableProperties properties = TableCheck.check(files, file, table.tableId(), table.sizeBytes(), findings);
            if (!maps.contains(table.map())) {
                findings.damaged(file, "belongs to the map " + table.map() + ", which the manifest does not know");
            }
            if (properties != null) {
                checkPlace(file, table, properties, partitions);
            }
        }
        noteUnnamed(tableFiles, named);
        Path log = directory.resolve("log");
        if (!files.exists(log)) {
            findings.damaged(log, "is missing");
            return;
        }
        boolean written = state.logFloor() > 1 || !state.maps().isEmpty();
        new LogVerifier(files, log, maps, partitions, findings)
                .verify(state.identity().node(), state.logFloor(), written);
    }

    private void checkPlace(Path file, ManifestItem.TableAdded table, TableProperties properties, int partitions) {
        if (!properties.map().equals(table.map())) {
            findings.damaged(file, "is of the map " + properties.map() + ", the manifest says " + table.map());
        }
        if (properties.last().partition() >= partitions) {
            findings.damaged(
                    file,
                    "has a key of partition " + properties.last().partition() + ", of which there are " + partitions);
        }
    }

    private void noteUnnamed(TableFiles tableFiles, Set<Path> named) throws IOException {
        if (!files.exists(tableFiles.directory())) {
            findings.damaged(tableFiles.directory(), "is missing");
            return;
        }
        for (Path file : files.list(tableFiles.directory())) {
            if (!named.contains(file)) {
                boolean isTable = TableFiles.isTemporary(file) || TableFiles.tableIdOf(file) >= 0;
                findings.noted(
                        file,
                        isTable
                                ? "is not named by the manifest; the next opening deletes it"
                                : "is no file of a store");
            }
        }
    }
}
