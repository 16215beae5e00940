package io.kvmesh.storage.backup;

import io.kvmesh.api.KvException;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.storage.check.Findings;
import io.kvmesh.storage.check.TableCheck;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/** Checks every byte of a repository of backups, and writes nothing. Used by one thread, once. */
public final class RepositoryVerifier {
    private final FileSystem files;
    private final BackupRepository repository;
    private final Findings findings;

    public RepositoryVerifier(FileSystem files, Path directory, Findings findings) {
        this.files = files;
        this.repository = new BackupRepository(files, directory);
        this.findings = findings;
    }

    /** Whether this is a directory with backups. */
    public static boolean isRepository(FileSystem files, Path directory) throws IOException {
        BackupRepository repository = new BackupRepository(files, directory);
        for (NodeId node : repository.nodes()) {
            if (files.exists(repository.member(node).backups())) {
                return true;
            }
        }
        return false;
    }

    public void verify() throws IOException {
        for (NodeId node : repository.nodes()) {
            verify(repository.member(node));
        }
    }

    private void verify(MemberBackups member) throws IOException {
        Map<Path, BackupTable> needed = new TreeMap<>();
        for (BackupId id : member.ids()) {
            Path file = member.file(id);
            findings.begin(file);
            try {
                member.read(id).tables().forEach(table -> needed.put(member.table(table), table));
            } catch (KvException e) {
                findings.damaged(file, String.valueOf(e.getMessage()));
            } catch (IOException e) {
                findings.damaged(file, "cannot be read: " + e);
            }
        }
        needed.forEach(this::verify);
        for (Path file : member.tableFiles()) {
            if (!needed.containsKey(file)) {
                findings.noted(file, "belongs to no backup; the next backup of this member deletes it");
            }
        }
    }

    private void verify(Path file, BackupTable table) {
        TableCheck.check(files, file, table.tableId(), table.sizeBytes(), findings);
        try {
            if (files.exists(file) && FileCopy.crc(files, file) != table.crc()) {
                findings.damaged(file, "is not what was backed up: its checksum is another one");
            }
        } catch (IOException e) {
            findings.damaged(file, "cannot be read: " + e);
        }
    }
}
