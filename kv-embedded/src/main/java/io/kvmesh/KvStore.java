package io.kvmesh;

import io.kvmesh.api.Admin;
import io.kvmesh.api.BackupInfo;
import io.kvmesh.api.Health;
import io.kvmesh.api.KvConfig;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.KvSettings;
import io.kvmesh.api.MapSpec;
import io.kvmesh.node.Environment;
import io.kvmesh.node.Node;
import io.kvmesh.node.NodeCopies;
import io.kvmesh.node.ProductionEnvironment;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * A durable store of maps inside this process, alone or as a member of a mesh. Safe for any thread.
 *
 * <p>A directory belongs to one open store at a time. All threads of a store are daemon threads, and no shutdown hook
 * is installed: call {@link #close()}. A store that is not closed, or whose process is killed, loses nothing that was
 * acknowledged.
 *
 * <pre>{@code
 * try (KvStore store = KvStore.open(Path.of("data"))) {
 *     KvMap<String, String> capitals = store.map("capitals", String.class, String.class);
 *     capitals.put("France", "Paris");
 * }
 * }</pre>
 */
public final class KvStore implements AutoCloseable {
    private final Node node;

    private KvStore(Node node) {
        this.node = node;
    }

    /**
     * Opens a store that is alone: no network, no socket. The directory is created if it is missing.
     *
     * @throws io.kvmesh.api.DirectoryLockedException if another store has the directory open
     * @throws io.kvmesh.api.CorruptDataException if its files are damaged
     * @throws io.kvmesh.api.StoreException if it cannot be opened for another reason
     */
    public static KvStore open(Path directory) {
        return builder().directory(directory).open();
    }

    /** Collects settings for a store. */
    public static Builder builder() {
        return new Builder();
    }

    /** Opens a store with a configuration that was built before. */
    public static KvStore open(KvConfig config) {
        return new KvStore(Node.open(config, ProductionEnvironment.create(config)));
    }

    /** Opens a store in another environment. For test kits: the simulator runs whole clusters through this. */
    public static KvStore open(KvConfig config, Environment environment) {
        return new KvStore(Node.open(config, environment));
    }

    /** All backups of a repository, of all members, in the order of time. No store needs to be open. */
    public static List<BackupInfo> backups(Path repository) {
        return NodeCopies.backups(ProductionEnvironment.ofFiles(), Objects.requireNonNull(repository, "repository"));
    }

    /**
     * Restores a backup into a new directory. Every byte is compared with the checksums of the backup. The directory
     * opens as the member that was backed up, with its identity, its place in the ring and its maps, and with the
     * data of the time of the backup.
     *
     * <p>On a mesh, that member must not run any more, and its old directory must not be opened again. The member comes
     * back with old data: what it acknowledged after the backup, it has forgotten. Reads and writes at QUORUM outvote
     * one member that is behind, but a write that only it and one other member had is from then on held by that one
     * alone, and a quorum that misses that one does not see it. So restore a member only when it cannot be had back,
     * one at a time, and read what matters at ALL afterwards, which repairs it.
     *
     * <p>A restore that was interrupted can be done again into the same directory.
     *
     * @param repository the directory that was given to {@link Admin#backup}
     * @param backupId the name of the backup
     * @param directory a directory that is empty or missing
     * @throws IllegalArgumentException if this cannot be the name of a backup
     * @throws io.kvmesh.api.CorruptDataException if a file of the backup is damaged; the message names it
     * @throws io.kvmesh.api.StoreException if there is no such backup, a later version of the library made it, the
     *     directory is not empty, or a disk fails
     */
    public static void restore(Path repository, String backupId, Path directory) {
        restore(repository, backupId, directory, ProductionEnvironment.ofFiles());
    }

    /** As {@link #restore(Path, String, Path)}, in another environment. For test kits. */
    public static void restore(Path repository, String backupId, Path directory, Environment environment) {
        NodeCopies.restore(
                environment,
                Objects.requireNonNull(repository, "repository"),
                Objects.requireNonNull(backupId, "backupId"),
                Objects.requireNonNull(directory, "directory"));
    }

    /**
     * Opens a map, creating it if no member has it yet. Two calls with one name share the map.
     *
     * @throws io.kvmesh.api.MapSpecMismatchException if the map exists with other types
     * @throws io.kvmesh.api.CodecException if a type has no codec; the message says how to register it
     */
    public <K, V> KvMap<K, V> map(String name, Class<K> keyType, Class<V> valueType) {
        return map(MapSpec.of(name, keyType, valueType));
    }

    /** As {@link #map(String, Class, Class)}, with a specification. */
    public <K, V> KvMap<K, V> map(MapSpec<K, V> spec) {
        return node.map(Objects.requireNonNull(spec, "spec"));
    }

    /** What an operator asks of this member. */
    public Admin admin() {
        return node.admin();
    }

    /** The condition of this store. */
    public Health health() {
        return node.admin().health();
    }

    /** Leaves the mesh, brings everything to the disk and releases the directory. Idempotent. */
    @Override
    public void close() {
        node.close();
    }

    /** Collects settings, then opens the store. Not safe for several threads. */
    public static final class Builder extends KvSettings<Builder> {
        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        /**
         * Checks all settings and opens the store. On a mesh, returns when the expected members are alive.
         *
         * @throws io.kvmesh.api.InvalidConfigException naming all faults of the settings
         * @throws io.kvmesh.api.KvException if the store cannot be opened
         */
        public KvStore open() {
            return KvStore.open(toConfig());
        }
    }
}
