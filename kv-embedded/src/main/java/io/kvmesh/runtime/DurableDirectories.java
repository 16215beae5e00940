package io.kvmesh.runtime;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Creates directories that survive a loss of power. Stateless. */
public final class DurableDirectories {
    private static final Logger LOG = LoggerFactory.getLogger(DurableDirectories.class);

    private DurableDirectories() {}

    /**
     * Creates the directory, and those above it that are missing, so that they survive a loss of power. Each level is
     * made durable before the next, and so is the level that is there already: an opening that was killed may have
     * created it without coming so far as to sync it.
     */
    public static void create(FileSystem files, Path directory) throws IOException {
        Deque<Path> levels = new ArrayDeque<>();
        Path present = directory.toAbsolutePath();
        while (!files.exists(present)) {
            levels.push(present);
            Path parent = present.getParent();
            if (parent == null) {
                break;
            }
            present = parent;
        }
        levels.push(present);
        for (Path level : levels) {
            files.createDirectories(level);
            syncParent(files, level);
        }
    }

    private static void syncParent(FileSystem files, Path directory) throws IOException {
        Path parent = directory.getParent();
        if (parent == null) {
            return;
        }
        try {
            files.syncDirectory(parent);
        } catch (AccessDeniedException e) {
            // Who may not read the parent has not created the directory in it, and its maker saw to its durability.
            LOG.debug("The directory {} is not synced, since it may not be read", parent, e);
        }
    }
}
