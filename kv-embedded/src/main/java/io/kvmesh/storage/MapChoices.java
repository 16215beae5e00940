package io.kvmesh.storage;

import io.kvmesh.api.Compaction;
import io.kvmesh.api.Compression;
import io.kvmesh.api.StoreReadOnlyException;
import io.kvmesh.storage.sstable.TableOptions;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalInt;

/** Records what is chosen for maps, durably before it counts. The caller makes one choice at a time. */
final class MapChoices {
    private final Manifest manifest;
    private final ReadOnlyLatch latch;

    MapChoices(Manifest manifest, ReadOnlyLatch latch) {
        this.manifest = manifest;
        this.latch = latch;
    }

    /** How the tables of a map are merged. No effect if that is how it is. */
    void compaction(MapStore map, Compaction policy) {
        if (map.policy().equals(policy)) {
            return;
        }
        state(new ManifestItem.CompactionChosen(map.descriptor().id(), policy), "the compaction of " + nameOf(map));
        map.policy(policy);
    }

    /** How the tables of a map are written. What is empty stays as it is. */
    void tables(MapStore map, Optional<Compression> compression, OptionalInt bloomBitsPerKey) {
        TableOptions present = map.tableOptions();
        TableOptions chosen = present.withCompression(compression.orElse(present.compression()))
                .withBloomBitsPerKey(bloomBitsPerKey.orElse(present.bloomBitsPerKey()));
        if (chosen.equals(present)) {
            return;
        }
        // Before it is durable: the directory could not be opened again.
        chosen.requireLibrary(nameOf(map));
        state(
                new ManifestItem.TablesChosen(map.descriptor().id(), chosen.compression(), chosen.bloomBitsPerKey()),
                "the table options of " + nameOf(map));
        map.tableOptions(chosen);
    }

    /**
     * States one fact in the manifest.
     *
     * @throws StoreReadOnlyException if that fails, or something failed before
     */
    void state(ManifestItem item, String what) {
        StoreReadOnlyException refusal = latch.refusal();
        if (refusal != null) {
            throw refusal;
        }
        try {
            manifest.edit(item);
        } catch (IOException e) {
            throw latch.close("recording " + what + " in the manifest", e);
        }
    }

    private static String nameOf(MapStore map) {
        return "the map '" + map.descriptor().name() + "'";
    }
}
