package io.kvmesh.storage;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.StoreException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.DurableDirectories;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.storage.backup.BackupContents;
import io.kvmesh.storage.backup.BackupId;
import io.kvmesh.storage.backup.BackupRepository;
import io.kvmesh.storage.backup.BackupTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Makes a store's directory of a backup. Used by one thread, once.
 *
 * <ol>
 *   <li>A mark in the new directory says that it is unfinished: a restore that was killed can be done again.
 *   <li>Tables are copied and compared with the checksums that the backup has of them.
 *   <li>The manifest comes last, and the mark goes.
 * </ol>
 */
public final class StoreRestore {
    /** The name of the mark. */
    static final String MARK = "RESTORING";

    private static final long MICROS_PER_SECOND = 1_000_000;

    private final FileSystem files;
    private final Clock clock;
    private final BackupRepository repository;
    private final BackupId id;

    public StoreRestore(FileSystem files, Clock clock, Path repository, BackupId id) {
        this.files = files;
        this.clock = clock;
        this.repository = new BackupRepository(files, repository);
        this.id = id;
    }

    /** Puts back what the member knew of its mesh, durably. */
    @FunctionalInterface
    public interface Members {
        void restore(byte[] members, Path directory) throws IOException;
    }

    /**
     * Restores into a new or empty directory.
     *
     * @throws CorruptDataException if the backup is damaged; the message names the file
     * @throws StoreException if there is no such backup, the directory is not empty, or a disk fails
     */
    public void into(Path directory, Members members) {
        try {
            BackupContents contents = repository.read(id);
            ManifestState state = stateOf(contents);
            StoreDirectory target = new StoreDirectory(files, directory);
            prepare(target);
            target.begin();
            for (BackupTable table : contents.tables()) {
                repository.copyTable(id, table, target.table(table.tableId()));
            }
            if (contents.members().length > 0) {
                members.restore(contents.members(), directory);
            }
            target.complete(state);
            files.delete(directory.resolve(MARK));
            files.syncDirectory(directory);
        } catch (IOException e) {
            throw new StoreException(
                    "restoring the backup " + id + " into " + directory + " failed: " + e + "; do it again", e);
        }
    }

    private void prepare(StoreDirectory target) throws IOException {
        Path directory = target.directory();
        Path mark = directory.resolve(MARK);
        if (files.exists(directory) && !files.list(directory).isEmpty()) {
            if (target.isComplete() || !files.exists(mark)) {
                throw new StoreException(
                        "a backup is restored into a new or empty directory, but " + directory + " has files");
            }
            target.clear(MARK);
        }
        DurableDirectories.create(files, directory);
        if (!files.exists(mark)) {
            files.create(mark).close();
        }
        files.syncDirectory(directory);
    }

    /** What the restored directory's manifest states. */
    private ManifestState stateOf(BackupContents contents) {
        ManifestState state = new ManifestState();
        state.apply(itemsOf(contents));
        Map<Long, Long> sizes = new HashMap<>();
        contents.tables().forEach(table -> sizes.put(table.tableId(), table.sizeBytes()));
        Map<Long, Long> stated = new HashMap<>();
        state.tables().forEach(table -> stated.put(table.tableId(), table.sizeBytes()));
        if (!sizes.equals(stated) || !state.identity().node().equals(id.node())) {
            throw new CorruptDataException("the backup " + id + " contradicts itself: it is damaged");
        }
        // Other members have seen the member in generations that the backup does not know of, and would take a lower
        // one
        // for a message of an earlier life. There is no more than one opening a second, so this is above all of them.
        long generation = Math.max(state.generation(), clock.wallMicros() / MICROS_PER_SECOND);
        state.apply(List.of(new ManifestItem.Generation(generation)));
        return state;
    }

    private List<ManifestItem> itemsOf(BackupContents contents) {
        List<ManifestItem> items = new ArrayList<>();
        ByteReader reader = new ByteReader(contents.state());
        try {
            while (reader.remaining() > 0) {
                items.add(ManifestItem.decode(reader));
            }
        } catch (MalformedBytesException e) {
            throw new StoreException(
                    "the backup " + id + " states what this library does not know: " + e.getMessage()
                            + "; use a newer library",
                    e);
        }
        return items;
    }
}
