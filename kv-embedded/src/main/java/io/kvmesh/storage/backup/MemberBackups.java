package io.kvmesh.storage.backup;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.KvException;
import io.kvmesh.api.StoreException;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.DurableDirectories;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.FileSystem.AppendFile;
import io.kvmesh.runtime.FileSystem.FileLock;
import io.kvmesh.runtime.FileSystem.FileLockedException;
import io.kvmesh.runtime.FileSystem.ReadFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a repository has of one member: its tables, each once, and a file for each backup that says which of them it
 * needs. Reading is safe for any thread and process; whoever changes something holds the lock.
 *
 * <p>A backup's file comes last, when all its tables are durable, and goes first.
 */
final class MemberBackups {
    private static final Logger LOG = LoggerFactory.getLogger(MemberBackups.class);
    private static final String SUFFIX = ".backup";
    private static final String TEMPORARY_SUFFIX = ".tmp";

    private final FileSystem files;
    private final Path directory;
    private final Path tables;
    private final Path backups;

    MemberBackups(FileSystem files, Path repository, NodeId node) {
        this.files = files;
        this.directory = repository.resolve(node.toString());
        this.tables = directory.resolve("tables");
        this.backups = directory.resolve("backups");
    }

    void create() throws IOException {
        DurableDirectories.create(files, directory);
        files.createDirectories(tables);
        files.createDirectories(backups);
        files.syncDirectory(directory);
    }

    /** Keeps other processes from changing what there is of this member. */
    FileLock lock() throws IOException {
        try {
            return files.lock(directory.resolve("LOCK"));
        } catch (FileLockedException e) {
            throw new StoreException(
                    "another backup of this member, or the deletion of one, is going on in " + directory
                            + ": try again when it has ended",
                    e);
        }
    }

    Path backups() {
        return backups;
    }

    /** All files beside each other that tables have, and those of unfinished backups. */
    List<Path> tableFiles() throws IOException {
        return files.exists(tables) ? files.list(tables) : List.of();
    }

    Path table(BackupTable table) {
        return tables.resolve(table.fileName());
    }

    Path temporary(String fileName) {
        return tables.resolve(fileName + TEMPORARY_SUFFIX);
    }

    Path file(BackupId id) {
        return backups.resolve(id + SUFFIX);
    }

    /** All backups, damaged ones too, in the order of time. */
    List<BackupId> ids() throws IOException {
        List<BackupId> ids = new ArrayList<>();
        if (files.exists(backups)) {
            for (Path file : files.list(backups)) {
                String name = String.valueOf(file.getFileName());
                BackupId id = name.endsWith(SUFFIX)
                        ? BackupId.find(name.substring(0, name.length() - SUFFIX.length()))
                        : null;
                if (id != null) {
                    ids.add(id);
                }
            }
        }
        return ids;
    }

    /**
     * Reads a backup's file.
     *
     * @throws CorruptDataException if it is damaged
     * @throws StoreException if there is none, or a later library wrote it
     */
    BackupContents read(BackupId id) throws IOException {
        Path file = file(id);
        if (!files.exists(file)) {
            throw new StoreException("there is no backup " + id + " in " + directory.getParent());
        }
        try (ReadFile content = files.open(file)) {
            if (content.sizeBytes() > BackupFormat.BYTES_MAX) {
                throw new CorruptDataException("the backup " + file + " is damaged: it has " + content.sizeBytes()
                        + " bytes, of which " + BackupFormat.BYTES_MAX + " are allowed");
            }
            byte[] bytes = new byte[(int) content.sizeBytes()];
            content.readFully(0, bytes, 0, bytes.length);
            BackupContents contents = BackupFormat.decode(file, bytes);
            if (!contents.id().equals(id)) {
                throw new CorruptDataException("the backup " + file + " says that it is " + contents.id());
            }
            return contents;
        }
    }

    /** Makes a backup exist whose tables have their names already. */
    void publish(BackupContents contents) throws IOException {
        files.syncDirectory(tables);
        byte[] bytes = BackupFormat.encode(contents);
        Path file = file(contents.id());
        Path temporary = backups.resolve(file.getFileName() + TEMPORARY_SUFFIX);
        try (AppendFile content = files.create(temporary)) {
            content.append(bytes, 0, bytes.length);
            content.sync();
        }
        files.rename(temporary, file);
        files.syncDirectory(backups);
    }

    /** Deletes a backup, and the tables that no other one needs. */
    void delete(BackupId id) throws IOException {
        files.delete(file(id));
        files.syncDirectory(backups);
        Map<String, BackupTable> kept = collect();
        LOG.debug("The backup {} was deleted; the others of the member have {} tables", id, kept.size());
    }

    /**
     * Deletes what no backup needs: the rest of unfinished ones, and tables of deleted ones. While a backup cannot be
     * read, nobody knows which tables it needs, and all stay.
     *
     * @return the tables of all backups that can be read, by the names of their files
     */
    Map<String, BackupTable> collect() throws IOException {
        deleteTemporary(backups);
        deleteTemporary(tables);
        Map<String, BackupTable> needed = new TreeMap<>();
        boolean allRead = true;
        for (BackupId id : ids()) {
            try {
                read(id).tables().forEach(table -> needed.put(table.fileName(), table));
            } catch (KvException e) {
                LOG.warn("No table in {} is deleted, since the backup {} may need it", tables, id, e);
                allRead = false;
            }
        }
        for (Path file : allRead ? files.list(tables) : List.<Path>of()) {
            if (!needed.containsKey(String.valueOf(file.getFileName()))) {
                files.delete(file);
            }
        }
        return needed;
    }

    private void deleteTemporary(Path cleared) throws IOException {
        for (Path file : files.list(cleared)) {
            if (String.valueOf(file.getFileName()).endsWith(TEMPORARY_SUFFIX)) {
                files.delete(file);
            }
        }
    }
}
