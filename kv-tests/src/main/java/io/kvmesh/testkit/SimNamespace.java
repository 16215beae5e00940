package io.kvmesh.testkit;

import io.kvmesh.runtime.RandomSource;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The names on a disk: as the process sees them, and as stable storage has them. Confined to the simulation's thread.
 *
 * <p>Each change is one step, a renaming too: a loss of power leaves it done or not done, never half. Of the changes
 * that were not synced survive all, none, those up to some point in time, or each by chance: no order is promised.
 */
final class SimNamespace {
    /** The oldest unsynced changes become stable when there are more, as an operating system writes back in time. */
    static final int UNSYNCED_CHANGES_MAX = 10_000;

    private final TreeMap<Path, SimEntry> entries = new TreeMap<>();
    private final TreeMap<Path, SimEntry> stableEntries = new TreeMap<>();
    private final ArrayDeque<NameChange> unsynced = new ArrayDeque<>();

    @Nullable
    SimEntry find(Path path) {
        return isRoot(path) ? SimEntry.DIRECTORY : entries.get(path);
    }

    boolean isDirectory(@Nullable Path path) {
        SimEntry entry = path == null ? SimEntry.DIRECTORY : find(path);
        return entry != null && entry.isDirectory();
    }

    /** The names in a directory, in their order. */
    List<Path> children(Path directory) {
        return below(directory).keySet().stream()
                .filter(path -> directory.equals(path.getParent()))
                .toList();
    }

    /** All files, each once, in the order of their first names. */
    List<SimFile> files() {
        return entries.values().stream()
                .flatMap(entry -> Stream.ofNullable(entry.file()))
                .distinct()
                .toList();
    }

    /** Counts the names of each file anew, after some came back or went that the process knows nothing of. */
    private void countNames() {
        files().forEach(SimFile::unnamedAll);
        entries.values().stream()
                .flatMap(entry -> Stream.ofNullable(entry.file()))
                .forEach(SimFile::named);
    }

    /** The sizes of all files, by their names. */
    SortedMap<Path, Long> sizesBytes() {
        SortedMap<Path, Long> sizes = new TreeMap<>();
        entries.forEach((path, entry) -> {
            SimFile file = entry.file();
            if (file != null) {
                sizes.put(path, file.sizeBytes());
            }
        });
        return sizes;
    }

    /** How many changes a loss of power may undo. */
    int unsyncedChanges() {
        return unsynced.size();
    }

    void change(NameChange change) {
        change.applyTo(entries);
        unsynced.addLast(change);
        if (unsynced.size() > UNSYNCED_CHANGES_MAX) {
            unsynced.removeFirst().applyTo(stableEntries);
        }
    }

    void sync(Path directory) {
        Iterator<NameChange> changes = unsynced.iterator();
        while (changes.hasNext()) {
            NameChange change = changes.next();
            if (change.isIn(directory)) {
                change.applyTo(stableEntries);
                changes.remove();
            }
        }
    }

    void losePower(RandomSource random) {
        int fate = random.nextInt(4);
        int kept = fate == 0 ? 0 : fate == 1 ? unsynced.size() : random.nextInt(unsynced.size() + 1);
        int index = 0;
        for (NameChange change : unsynced) {
            boolean survives = fate == 3 ? random.chance(0.5) : index < kept;
            if (survives) {
                change.applyTo(stableEntries);
            }
            index++;
        }
        unsynced.clear();
        entries.clear();
        // Parents come before their children in this order, so a lost directory takes all below it along.
        stableEntries.forEach((path, entry) -> {
            if (isDirectory(path.getParent())) {
                entries.put(path, entry);
            }
        });
        stableEntries.clear();
        stableEntries.putAll(entries);
        countNames();
    }

    void clear() {
        entries.clear();
        stableEntries.clear();
        unsynced.clear();
    }

    private SortedMap<Path, SimEntry> below(Path directory) {
        return entries.tailMap(directory, false);
    }

    private static boolean isRoot(Path path) {
        return path.getParent() == null;
    }
}
