package io.kvmesh.storage;

import io.kvmesh.runtime.DurableDirectories;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.storage.log.EmptyLog;
import java.io.IOException;
import java.nio.file.Path;

/**
 * A directory of a store that is put together file by file, and counts as one only from its end on. Not safe for
 * several threads.
 *
 * <p>The file CURRENT comes last, when all others are durable, and goes first: a directory without it is unfinished.
 */
final class StoreDirectory {
    private final FileSystem files;
    private final Path directory;
    private final Path tables;
    private final Path log;

    StoreDirectory(FileSystem files, Path directory) {
        this.files = files;
        this.directory = directory;
        this.tables = TableFiles.in(directory).directory();
        this.log = directory.resolve("log");
    }

    Path directory() {
        return directory;
    }

    String name() {
        return String.valueOf(directory.getFileName());
    }

    boolean isBegun() {
        return files.exists(directory);
    }

    boolean isComplete() {
        return files.exists(directory.resolve(ManifestFormat.CURRENT));
    }

    void begin() throws IOException {
        DurableDirectories.create(files, directory);
        files.createDirectories(tables);
        files.createDirectories(log);
    }

    /** Where a table belongs. Its content must be durable before the end. */
    Path table(long tableId) {
        return TableFiles.in(directory).table(tableId);
    }

    void complete(ManifestState state) throws IOException {
        files.syncDirectory(tables);
        EmptyLog.write(files, log, state.identity().node());
        Manifest.write(files, directory, state);
    }

    /** Leaves nothing of it, whether it is complete or not. */
    void delete() throws IOException {
        clear("");
        files.delete(directory);
        Path parent = directory.getParent();
        if (parent != null) {
            files.syncDirectory(parent);
        }
    }

    /** Leaves nothing in the directory but the file of this name, if there is one. */
    void clear(String kept) throws IOException {
        if (isComplete()) {
            files.delete(directory.resolve(ManifestFormat.CURRENT));
            files.syncDirectory(directory);
        }
        clear(tables, "");
        clear(log, "");
        clear(directory, kept);
    }

    private void clear(Path cleared, String kept) throws IOException {
        if (files.exists(cleared)) {
            for (Path entry : files.list(cleared)) {
                if (!String.valueOf(entry.getFileName()).equals(kept)) {
                    files.delete(entry);
                }
            }
        }
    }
}
