package io.kvmesh.storage.sstable;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a check of one SSTable found. Immutable.
 *
 * @param properties those that the file states; null if they cannot be read
 * @param blocks data blocks that could be reached
 * @param records records that are intact
 * @param damages at most {@link TableVerifier#DAMAGES_MAX}
 */
public record TableReport(@Nullable TableProperties properties, long blocks, long records, List<Damage> damages) {

    public TableReport {
        damages = List.copyOf(damages);
    }

    public boolean isIntact() {
        return damages.isEmpty();
    }

    /** Something that is not as the format demands, and the offset in the file of the part that it is in. */
    public record Damage(long offset, String what) {
        @Override
        public String toString() {
            return "offset " + offset + ": " + what;
        }
    }
}
