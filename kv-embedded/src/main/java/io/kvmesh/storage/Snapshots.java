package io.kvmesh.storage;

import io.kvmesh.api.KvException;
import io.kvmesh.api.StoreException;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.storage.sstable.TableReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshots of an open store, in its directory {@code snapshots}: each a directory of a store, whose tables are
 * links to those of this one. Safe for any thread; one thing is done at a time.
 */
public final class Snapshots {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}");

    private final FileSystem files;
    private final Path storeDirectory;
    private final Path directory;
    private final Supplier<StorePoint> points;
    private final Runnable ensureOpen;

    Snapshots(FileSystem files, Path storeDirectory, Supplier<StorePoint> points, Runnable ensureOpen) {
        this.files = files;
        this.storeDirectory = storeDirectory;
        this.directory = storeDirectory.resolve("snapshots");
        this.points = points;
        this.ensureOpen = ensureOpen;
    }

    /** Puts files of others into a directory before it counts as complete. */
    @FunctionalInterface
    public interface Addition {
        Addition NONE = directory -> {};

        /** The files must be durable when this returns; their names need not be. */
        void addTo(Path directory) throws IOException;
    }

    /**
     * Takes a snapshot: all that was acknowledged before the call, durably.
     *
     * @return its directory
     * @throws IllegalArgumentException if this cannot be the name of one
     * @throws StoreException if there is one of that name, or the disk fails; the store goes on then
     */
    public synchronized Path take(String name, Addition addition) {
        ensureOpen.run();
        Path target = directory.resolve(checked(name));
        StoreDirectory snapshot = new StoreDirectory(files, target);
        if (snapshot.isComplete()) {
            throw new StoreException("there is a snapshot '" + name + "' of " + storeDirectory
                    + " already: delete it first, or take another name");
        }
        deleteUnfinished();
        try (StorePoint point = points.get()) {
            write(point, snapshot, addition);
        } catch (IOException e) {
            deleteAfter(e, snapshot);
            throw new StoreException("the snapshot '" + name + "' of " + storeDirectory + " failed: " + e, e);
        } catch (KvException e) {
            deleteAfter(e, snapshot);
            throw e;
        }
        return target;
    }

    private void write(StorePoint point, StoreDirectory snapshot, Addition addition) throws IOException {
        snapshot.begin();
        for (TableReader table : point.tables()) {
            ensureOpen.run();
            files.link(TableFiles.in(storeDirectory).table(table.tableId()), snapshot.table(table.tableId()));
        }
        addition.addTo(snapshot.directory());
        snapshot.complete(point.state());
    }

    private static void deleteAfter(Exception failure, StoreDirectory snapshot) {
        try {
            if (snapshot.isBegun()) {
                snapshot.delete();
            }
        } catch (IOException e) {
            // The next snapshot or opening tries again.
            failure.addSuppressed(e);
        }
    }

    /** The names of all that are complete, in their order. */
    public synchronized List<String> names() {
        ensureOpen.run();
        try {
            return all().stream()
                    .filter(StoreDirectory::isComplete)
                    .map(StoreDirectory::name)
                    .toList();
        } catch (IOException e) {
            throw new StoreException("the snapshots of " + storeDirectory + " cannot be listed: " + e, e);
        }
    }

    /**
     * Deletes a snapshot; the space of its tables is free when no other one and not the store itself has them.
     *
     * @throws StoreException if there is none of that name, or the disk fails
     */
    public synchronized void delete(String name) {
        ensureOpen.run();
        StoreDirectory snapshot = new StoreDirectory(files, directory.resolve(checked(name)));
        if (!snapshot.isComplete()) {
            throw new StoreException("there is no snapshot '" + name + "' of " + storeDirectory + ", only " + names());
        }
        try {
            snapshot.delete();
        } catch (IOException e) {
            throw new StoreException(
                    "the snapshot '" + name + "' of " + storeDirectory + " cannot be deleted: " + e, e);
        }
    }

    /** Deletes what a crash left of snapshots that were being taken or deleted. */
    synchronized void deleteUnfinished() {
        try {
            for (StoreDirectory snapshot : all()) {
                if (!snapshot.isComplete()) {
                    snapshot.delete();
                }
            }
        } catch (IOException e) {
            // They only take space.
            LOG.warn("Unfinished snapshots in {} could not be deleted", directory, e);
        }
    }

    private List<StoreDirectory> all() throws IOException {
        List<StoreDirectory> all = new ArrayList<>();
        if (files.exists(directory)) {
            for (Path entry : files.list(directory)) {
                all.add(new StoreDirectory(files, entry));
            }
        }
        return all;
    }

    private static String checked(String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException("the name of a snapshot has 1 to 64 letters, digits, '.', '_' and '-'"
                    + " and does not begin with '.', but is '" + name + "'");
        }
        return name;
    }
}
