package io.kvmesh.storage;

import io.kvmesh.api.BackupInfo;
import io.kvmesh.api.StoreException;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.storage.backup.BackupId;
import io.kvmesh.storage.backup.BackupWriter;
import io.kvmesh.storage.backup.BackupWriter.Source;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/** Snapshots and backups of an open store. Safe for any thread. */
public final class StoreCopies {
    private final FileSystem files;
    private final Clock clock;
    private final Path directory;
    private final Supplier<StorePoint> points;
    private final Runnable ensureOpen;
    private final Snapshots snapshots;

    StoreCopies(FileSystem files, Clock clock, Path directory, Supplier<StorePoint> points, Runnable ensureOpen) {
        this.files = files;
        this.clock = clock;
        this.directory = directory;
        this.points = points;
        this.ensureOpen = ensureOpen;
        this.snapshots = new Snapshots(files, directory, points, ensureOpen);
    }

    public Snapshots snapshots() {
        return snapshots;
    }

    /**
     * Makes a backup of all that was acknowledged before the call.
     *
     * @param members what the member knows of its mesh
     * @throws IllegalArgumentException if the repository lies in the store's directory
     * @throws io.kvmesh.api.CorruptDataException if a table is damaged; there is no backup then
     * @throws StoreException if the disk or the repository fails; the store goes on then
     */
    public BackupInfo backup(Path repository, byte[] members) {
        ensureOpen.run();
        if (repository
                .toAbsolutePath()
                .normalize()
                .startsWith(directory.toAbsolutePath().normalize())) {
            throw new IllegalArgumentException("the repository " + repository + " lies in the store's own directory "
                    + directory + " and would be lost with it: take another directory");
        }
        try (StorePoint point = points.get()) {
            BackupId about = new BackupId(clock.wallMicros() / 1_000, point.node());
            List<Source> sources = point.tables().stream()
                    .map(table -> new Source(
                            TableFiles.in(directory).table(table.tableId()), table.tableId(), table.sizeBytes()))
                    .toList();
            return new BackupWriter(files, repository, about, ensureOpen).write(encode(point), members, sources);
        } catch (IOException e) {
            throw new StoreException("the backup of " + directory + " to " + repository + " failed: " + e, e);
        }
    }

    private static byte[] encode(StorePoint point) {
        ByteWriter writer = new ByteWriter(1024);
        point.items().forEach(item -> item.encode(writer));
        return writer.toBytes();
    }
}
