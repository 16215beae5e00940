package io.kvmesh.node;

import io.kvmesh.api.Admin;
import io.kvmesh.api.KvConfig;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.MapSpec;
import io.kvmesh.api.StoreException;
import io.kvmesh.coordinator.Coordinator;
import io.kvmesh.coordinator.CoordinatorContext;
import io.kvmesh.coordinator.RingNews;
import io.kvmesh.hint.HintLimits;
import io.kvmesh.hint.HintedHandoff;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.NodeStoreCopy;
import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.metadata.sqlite.SqliteNodeStore;
import io.kvmesh.model.HybridClock;
import io.kvmesh.repair.AntiEntropy;
import io.kvmesh.repair.DamageRepair;
import io.kvmesh.repair.ForgettableDeletions;
import io.kvmesh.repair.MerkleService;
import io.kvmesh.repair.RepairHistory;
import io.kvmesh.repair.RepairSeams;
import io.kvmesh.replica.ReplicaService;
import io.kvmesh.replica.RingFence;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.ring.RingState;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Signal;
import io.kvmesh.storage.StorageConfig;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.transport.Messenger;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One member: the engine, the coordinator and, if the configuration names an address, the mesh. Safe for any thread.
 *
 * <p>Opening goes from the inside out (disk, network, ring), closing from the outside in, so that nobody is told of
 * this member before it can answer.
 */
public final class Node implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final long CLOSE_WAIT_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final long COMPACTION_LOOK_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final Environment environment;
    private final StorageEngine engine;
    private final @Nullable Mesh mesh;
    private final @Nullable DamageRepair repair;
    private final @Nullable HintedHandoff handoff;
    private final @Nullable AntiEntropy antiEntropy;
    private final MapRegistry maps;
    private final NodeAdmin admin;
    private final AtomicBoolean closed = new AtomicBoolean();

    private Node(KvConfig config, Environment environment, StorageEngine engine, Partitioner partitioner) {
        this.environment = environment;
        this.engine = engine;
        Clock clock = environment.clock();
        HybridClock stamps = new HybridClock(clock, engine.timestampMicrosMax());
        RingFence fence = new RingFence();
        Messenger messenger;
        Supplier<ClusterView> view;
        RingNews news;
        if (config.bindHost().isPresent()) {
            Mesh created = Mesh.create(config, environment, engine, partitioner, fence);
            new ReplicaService(engine, stamps, environment.scheduler(), fence).register(created.messenger());
            mesh = created;
            messenger = created.messenger();
            view = created::view;
            news = created::onOtherEpoch;
            repair = new DamageRepair(engine, messenger, view, clock, environment.scheduler());
            handoff = handoff(config, environment, engine, messenger, view, stamps, fence);
            antiEntropy = antiEntropy(config, created);
        } else {
            ClusterView alone =
                    ClusterView.alone(engine.nodeId(), partitioner, config.replicationFactor(), clock.wallMicros());
            mesh = null;
            repair = null;
            handoff = null;
            antiEntropy = null;
            messenger = new LoneMessenger();
            view = () -> alone;
            news = (from, theirs) -> {};
            // Nobody else has, or will ever be asked for, what is deleted here.
            engine.repairedUntil((map, first, last) -> Long.MAX_VALUE);
        }
        CoordinatorContext context = new CoordinatorContext(
                        engine.nodeId(),
                        engine,
                        messenger,
                        view,
                        stamps,
                        clock,
                        environment.scheduler(),
                        environment.blocking(),
                        fence,
                        news,
                        config.operationTimeout().toNanos(),
                        config.speculativeDelay())
                .withHandoff(handoff);
        maps = new MapRegistry(config, engine, new Coordinator(context), clock, partitioner, closed::get);
        Mesh joined = mesh;
        admin = new NodeAdmin(
                config,
                engine,
                environment.scheduler(),
                view,
                maps,
                new NodeCopies(environment, engine::copies, () -> knownMembers(config, joined)),
                new DamageReport(engine, repair),
                joined,
                handoff,
                antiEntropy,
                closed::get);
    }

    private static HintedHandoff handoff(
            KvConfig config,
            Environment environment,
            StorageEngine engine,
            Messenger messenger,
            Supplier<ClusterView> view,
            HybridClock stamps,
            RingFence fence) {
        // A hint must be gone before a tombstone of the same age is, by whichever clock.
        long graceMicros = TimeUnit.NANOSECONDS.toMicros(config.gcGrace().toNanos()) - HybridClock.AHEAD_MICROS_MAX;
        long windowMicros = TimeUnit.NANOSECONDS.toMicros(config.hintWindow().toNanos());
        return new HintedHandoff(
                engine.nodeId(),
                engine,
                messenger,
                view,
                stamps,
                fence,
                environment.clock(),
                environment.scheduler(),
                () -> environment.hintStores().open(config.directory()),
                Math.max(0, Math.min(windowMicros, graceMicros)),
                HintLimits.DEFAULT);
    }

    /** The comparison with other replicas, which lets merges forget deletions, and the answers to theirs. */
    private AntiEntropy antiEntropy(KvConfig config, Mesh joined) {
        RepairSeams seams = joined.repairSeams();
        RepairHistory history = joined.repairHistory();
        new MerkleService(seams, history).register();
        ForgettableDeletions forgettable = new ForgettableDeletions(history, joined::view, joined::isNothingLeft);
        // Where nobody else has, or will ever be asked for, what is deleted here, there is nothing to repair.
        engine.repairedUntil((map, first, last) ->
                hasOneCopyOfAll(joined.view()) ? Long.MAX_VALUE : forgettable.repairedUntilMicros(map, first, last));
        return new AntiEntropy(seams, history, config.repairInterval().toNanos() / 1_000, joined::useStore);
    }

    /** By the ring itself, since a member's settings may differ from it. */
    private static boolean hasOneCopyOfAll(ClusterView view) {
        RingState ring = view.ringState();
        return ring != null && ring.replication().total() == 1;
    }

    /** What this member knows of its mesh; also if it is alone now, and was not always. */
    private byte[] knownMembers(KvConfig config, @Nullable Mesh joined) {
        if (joined != null) {
            return joined.knownMembers();
        }
        if (!environment.files().exists(config.directory().resolve(SqliteNodeStore.FILE_NAME))) {
            return new byte[0];
        }
        try (NodeStore store = environment.nodeStores().open(config.directory())) {
            return NodeStoreCopy.encode(store);
        } catch (NodeStoreException e) {
            throw new StoreException(String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Opens a member; on a mesh, returns when the expected members are alive.
     *
     * @throws io.kvmesh.api.KvException if it cannot be opened; nothing stays open or running then
     */
    public static Node open(KvConfig config, Environment environment) {
        long startNanos = environment.clock().monotonicNanos();
        StorageEngine engine;
        try {
            engine = StorageEngine.open(
                    StorageConfig.of(config),
                    environment.files(),
                    environment.clock(),
                    environment.scheduler(),
                    environment.random().split());
        } catch (RuntimeException e) {
            environment.scheduler().close();
            throw e;
        }
        Node node;
        try {
            node = new Node(config, environment, engine, new Partitioner(config.partitions()));
        } catch (RuntimeException e) {
            engine.close();
            environment.scheduler().close();
            throw e;
        }
        try {
            node.start(startNanos);
        } catch (RuntimeException e) {
            node.close();
            throw e;
        }
        return node;
    }

    public <K, V> KvMap<K, V> map(MapSpec<K, V> spec) {
        return maps.open(spec);
    }

    public Admin admin() {
        return admin;
    }

    /** Leaves the mesh, syncs the log and releases the directory. Idempotent. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            if (repair != null) {
                repair.close();
            }
            if (handoff != null) {
                awaitEnd(handoff.close());
            }
            if (antiEntropy != null) {
                antiEntropy.close();
            }
            if (mesh != null) {
                mesh.close();
            }
        } finally {
            try {
                engine.close();
            } finally {
                environment.scheduler().close();
            }
        }
    }

    private void awaitEnd(Signal end) {
        try {
            environment.blocking().await(end, environment.clock().monotonicNanos() + CLOSE_WAIT_NANOS);
        } catch (InterruptedException e) {
            LOG.debug("interrupted while the hint store was closed", e);
        }
    }

    private void start(long startNanos) {
        if (mesh != null) {
            mesh.start();
        }
        if (repair != null) {
            // Not before the ring is known: a member that it lacks would not be asked.
            repair.start();
        }
        if (handoff != null) {
            // Nor this: hints for such a member would be taken for hints that nobody needs.
            handoff.start();
        }
        if (antiEntropy != null) {
            antiEntropy.start();
        }
        compactLater();
        long tookMillis = (environment.clock().monotonicNanos() - startNanos) / 1_000_000;
        LOG.info("store {} is ready after {} ms, {}", engine.nodeId(), tookMillis, admin.place());
    }

    /** What expires, or grows older than gc grace, makes no event of its own. */
    private void compactLater() {
        environment.scheduler().schedule(Lane.COMPACT, COMPACTION_LOOK_NANOS, () -> {
            if (!closed.get()) {
                engine.compact();
                compactLater();
            }
        });
    }
}
