package io.kvmesh.storage.backup;

import io.kvmesh.api.BackupInfo;
import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.KvException;
import io.kvmesh.api.StoreException;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.FileSystem.FileLock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A directory with backups of any number of members, which may all use it at once. Safe for any thread and process.
 *
 * <p>Each member has a directory of its own there, named by its identity, with a lock of its own.
 */
public final class BackupRepository {
    private static final int NODE_CHARS = 16;

    private final FileSystem files;
    private final Path directory;

    public BackupRepository(FileSystem files, Path directory) {
        this.files = files;
        this.directory = directory;
    }

    /** All backups, in the order of time. One that is damaged says so. */
    public List<BackupInfo> list() throws IOException {
        List<BackupInfo> found = new ArrayList<>();
        for (NodeId node : nodes()) {
            MemberBackups member = member(node);
            for (BackupId id : member.ids()) {
                found.add(info(member, id));
            }
        }
        found.sort(Comparator.comparing(BackupInfo::id));
        return List.copyOf(found);
    }

    private static BackupInfo info(MemberBackups member, BackupId id) throws IOException {
        try {
            return member.read(id).info();
        } catch (KvException e) {
            Optional<String> damage = Optional.of(String.valueOf(e.getMessage()));
            return new BackupInfo(id.toString(), id.node().toString(), id.taken(), 0, 0, 0, 0, damage);
        }
    }

    /** The members that the repository has a directory of. */
    List<NodeId> nodes() throws IOException {
        List<NodeId> nodes = new ArrayList<>();
        if (files.exists(directory)) {
            for (Path entry : files.list(directory)) {
                String name = String.valueOf(entry.getFileName());
                if (name.length() == NODE_CHARS && name.matches("[0-9a-f]+")) {
                    nodes.add(new NodeId(Long.parseUnsignedLong(name, 16)));
                }
            }
        }
        return nodes;
    }

    MemberBackups member(NodeId node) {
        return new MemberBackups(files, directory, node);
    }

    /**
     * What a backup consists of.
     *
     * @throws StoreException if there is none of that name, or a later library wrote it
     * @throws CorruptDataException if its file is damaged
     */
    public BackupContents read(BackupId id) throws IOException {
        return member(id.node()).read(id);
    }

    /**
     * Copies a table of a backup to a new file, and syncs that.
     *
     * @throws CorruptDataException if the copy is not what was backed up; it is deleted then
     */
    public void copyTable(BackupId id, BackupTable table, Path target) throws IOException {
        Path source = member(id.node()).table(table);
        if (!files.exists(source)) {
            throw new CorruptDataException("the table " + source + " of the backup " + id + " is missing");
        }
        long sizeBytes = files.sizeBytes(source);
        if (sizeBytes == table.sizeBytes() && FileCopy.copy(files, source, target, () -> {}) == table.crc()) {
            return;
        }
        files.delete(target);
        throw new CorruptDataException("the table " + source + " of the backup " + id + " is damaged: it has "
                + sizeBytes + " bytes of " + table.sizeBytes() + ", or others than were backed up");
    }

    /**
     * Deletes a backup, and the tables that no other one needs.
     *
     * @throws StoreException if there is none of that name
     */
    public void delete(BackupId id) throws IOException {
        MemberBackups member = member(id.node());
        if (!files.exists(member.file(id))) {
            throw new StoreException("there is no backup " + id + " in " + directory);
        }
        FileLock lock = member.lock();
        try {
            member.delete(id);
        } finally {
            lock.close();
        }
    }
}
