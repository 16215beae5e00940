package io.kvmesh.testkit;

import org.jspecify.annotations.Nullable;

/**
 * What a name on a disk leads to. Immutable.
 *
 * @param file null for a directory
 */
record SimEntry(@Nullable SimFile file) {
    static final SimEntry DIRECTORY = new SimEntry(null);

    boolean isDirectory() {
        return file == null;
    }
}
