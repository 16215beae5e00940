package io.kvmesh.storage;

import io.kvmesh.runtime.FileSystem;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the files of damaged tables beside the store, for people who want to look at them. Nothing reads them again.
 * Safe for any thread.
 */
final class Quarantine {
    /** The files with the lowest numbers are deleted when there are more. */
    static final int FILES_MAX = 16;

    private static final Logger LOG = LoggerFactory.getLogger(Quarantine.class);

    private final FileSystem files;
    private final Path directory;

    Quarantine(FileSystem files, Path storeDirectory) {
        this.files = files;
        this.directory = storeDirectory.resolve("quarantine");
    }

    Path directory() {
        return directory;
    }

    /** Moves a file here that the manifest does not name as readable. If that fails, it stays where it is. */
    void take(Path file) {
        try {
            files.createDirectories(directory);
            files.rename(file, directory.resolve(file.getFileName()));
            files.syncDirectory(directory);
            List<Path> kept = files.list(directory);
            for (int i = 0; i < kept.size() - FILES_MAX; i++) {
                files.delete(kept.get(i));
            }
        } catch (IOException e) {
            LOG.warn("The damaged file {} could not be put aside", file, e);
        }
    }
}
