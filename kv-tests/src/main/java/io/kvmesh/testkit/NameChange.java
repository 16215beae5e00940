package io.kvmesh.testkit;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One change of the names on a disk. Immutable.
 *
 * @param removed the name that goes, or null
 * @param added the name that comes or gets another meaning, or null
 * @param entry what the added name leads to
 */
record NameChange(@Nullable Path removed, @Nullable Path added, SimEntry entry) {

    boolean isIn(Path directory) {
        return isIn(removed, directory) || isIn(added, directory);
    }

    void applyTo(Map<Path, SimEntry> entries) {
        if (removed != null) {
            entries.remove(removed);
        }
        if (added != null) {
            entries.put(added, entry);
        }
    }

    private static boolean isIn(@Nullable Path path, Path directory) {
        return path != null && directory.equals(path.getParent());
    }
}
