package io.kvmesh.storage.backup;

import io.kvmesh.api.BackupInfo;
import io.kvmesh.api.CorruptDataException;
import io.kvmesh.model.Hash128;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.FileSystem.FileLock;
import io.kvmesh.storage.sstable.TableIdentity;
import io.kvmesh.storage.sstable.TableReport;
import io.kvmesh.storage.sstable.TableVerifier;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Makes one backup of a member. Used by one thread, once.
 *
 * <ol>
 *   <li>Delete what unfinished backups of the member left.
 *   <li>Copy the tables that no earlier backup has, each under a temporary name; check the copy; rename it.
 *   <li>Write the backup's own file, likewise. From then on it exists.
 * </ol>
 */
public final class BackupWriter {
    private final FileSystem files;
    private final MemberBackups member;
    private final BackupId about;
    private final Runnable goOn;
    private int copiedTables;
    private long copiedBytes;

    /** @param goOn called now and then; ends the backup by throwing */
    public BackupWriter(FileSystem files, Path repository, BackupId about, Runnable goOn) {
        this.files = files;
        this.member = new MemberBackups(files, repository, about.node());
        this.about = about;
        this.goOn = goOn;
    }

    /** A table that is to be backed up, which must stay while that lasts. */
    public record Source(Path file, long tableId, long sizeBytes) {}

    /**
     * Makes the backup.
     *
     * @param state the items of the store's manifest
     * @param members what the member knew of its mesh
     * @throws CorruptDataException if a table is damaged; there is no backup then
     */
    public BackupInfo write(byte[] state, byte[] members, List<Source> sources) throws IOException {
        member.create();
        FileLock lock = member.lock();
        try {
            Map<String, BackupTable> present = member.collect();
            List<BackupTable> tables = new ArrayList<>();
            for (Source source : sources) {
                goOn.run();
                tables.add(include(source, present));
            }
            BackupContents contents = new BackupContents(unusedId(), state, members, tables, copiedTables, copiedBytes);
            member.publish(contents);
            return contents.info();
        } finally {
            lock.close();
        }
    }

    private BackupTable include(Source source, Map<String, BackupTable> present) throws IOException {
        Hash128 identity = TableIdentity.of(files, source.file());
        String fileName = BackupTable.fileName(source.tableId(), identity);
        BackupTable earlier = present.get(fileName);
        if (earlier != null
                && earlier.sizeBytes() == source.sizeBytes()
                && files.exists(member.table(earlier))
                && files.sizeBytes(member.table(earlier)) == source.sizeBytes()) {
            return earlier;
        }
        Path temporary = member.temporary(fileName);
        int crc = FileCopy.copy(files, source.file(), temporary, goOn);
        requireIntact(source, temporary);
        BackupTable copied = new BackupTable(source.tableId(), source.sizeBytes(), crc, identity);
        files.rename(temporary, member.table(copied));
        copiedTables++;
        copiedBytes += source.sizeBytes();
        return copied;
    }

    /** A backup that cannot be restored must not look like one that can. */
    private void requireIntact(Source source, Path copy) throws IOException {
        TableReport report = TableVerifier.verify(files, copy);
        if (!report.isIntact()) {
            files.delete(copy);
            throw new CorruptDataException("SSTable " + source.file() + " is damaged at "
                    + report.damages().get(0) + ": no backup was made");
        }
    }

    /** Two backups within a millisecond, or a clock that was set back, must not take the place of an earlier one. */
    private BackupId unusedId() {
        BackupId id = about;
        while (files.exists(member.file(id))) {
            id = id.next();
        }
        return id;
    }
}
