package io.kvmesh;

import io.kvmesh.api.Admin;
import io.kvmesh.api.Health;
import io.kvmesh.api.KvConfig;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.KvSettings;
import io.kvmesh.api.MapSpec;
import io.kvmesh.node.Environment;
import io.kvmesh.node.Node;
import io.kvmesh.node.ProductionEnvironment;
import java.nio.file.Path;
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
