package io.kvmesh.storage;

import java.nio.file.Path;
import java.util.Locale;

/** The names of SSTables in a store's directory. Immutable. */
record TableFiles(Path directory) {
    private static final String SUFFIX = ".sst";
    private static final String TEMPORARY_SUFFIX = ".tmp";

    static TableFiles in(Path storeDirectory) {
        return new TableFiles(storeDirectory.resolve("tables"));
    }

    Path table(long tableId) {
        return directory.resolve(String.format(Locale.ROOT, "%010d%s", tableId, SUFFIX));
    }

    Path temporary(long tableId) {
        return directory.resolve(table(tableId).getFileName() + TEMPORARY_SUFFIX);
    }

    static boolean isTemporary(Path file) {
        return String.valueOf(file.getFileName()).endsWith(SUFFIX + TEMPORARY_SUFFIX);
    }

    /** The number of the table in a file of this name, or -1 if it is none. */
    static long tableIdOf(Path file) {
        String name = String.valueOf(file.getFileName());
        if (!name.endsWith(SUFFIX)) {
            return -1;
        }
        try {
            return Long.parseLong(name.substring(0, name.length() - SUFFIX.length()));
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
