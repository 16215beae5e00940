package io.kvmesh.node;

import io.kvmesh.api.BackupInfo;
import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.StoreException;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.NodeStoreCopy;
import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.storage.Snapshots;
import io.kvmesh.storage.StoreCopies;
import io.kvmesh.storage.StoreRestore;
import io.kvmesh.storage.backup.BackupId;
import io.kvmesh.storage.backup.BackupRepository;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/** Snapshots, backups and restores of a whole member: its data, and what it knows of its mesh. Safe for any thread. */
public final class NodeCopies {
    private final Environment environment;
    private final Supplier<StoreCopies> copies;
    private final Supplier<byte[]> members;

    /** @param members what the member knows of its mesh; empty if it is alone */
    NodeCopies(Environment environment, Supplier<StoreCopies> copies, Supplier<byte[]> members) {
        this.environment = environment;
        this.copies = copies;
        this.members = members;
    }

    Path snapshot(String name) {
        byte[] known = members.get();
        Snapshots.Addition addition = directory -> restoreMembers(environment, known, directory);
        return copies.get().snapshots().take(name, known.length == 0 ? Snapshots.Addition.NONE : addition);
    }

    List<String> snapshots() {
        return copies.get().snapshots().names();
    }

    void deleteSnapshot(String name) {
        copies.get().snapshots().delete(name);
    }

    BackupInfo backup(Path repository) {
        return copies.get().backup(repository, members.get());
    }

    void deleteBackup(Path repository, String id) {
        BackupId parsed = BackupId.parse(id);
        try {
            new BackupRepository(environment.files(), repository).delete(parsed);
        } catch (IOException e) {
            throw new StoreException("deleting the backup " + id + " of " + repository + " failed: " + e, e);
        }
    }

    List<BackupInfo> backups(Path repository) {
        return backups(environment, repository);
    }

    /** All backups of a repository, in the order of time. */
    public static List<BackupInfo> backups(Environment environment, Path repository) {
        try {
            return new BackupRepository(environment.files(), repository).list();
        } catch (IOException e) {
            throw new StoreException("the backups in " + repository + " cannot be listed: " + e, e);
        }
    }

    /** Makes a member's directory of a backup. */
    public static void restore(Environment environment, Path repository, String id, Path directory) {
        new StoreRestore(environment.files(), environment.clock(), repository, BackupId.parse(id))
                .into(directory, (known, target) -> restoreMembers(environment, known, target));
    }

    private static void restoreMembers(Environment environment, byte[] known, Path directory) throws IOException {
        try (NodeStore store = environment.nodeStores().open(directory)) {
            NodeStoreCopy.decode(known, store);
        } catch (NodeStoreException e) {
            throw new IOException(e.getMessage(), e);
        } catch (MalformedBytesException e) {
            throw new CorruptDataException("what the member knew of its mesh cannot be read: " + e.getMessage(), e);
        }
    }
}
