package io.kvmesh.node;

import io.kvmesh.api.Admin;
import io.kvmesh.api.BackupInfo;
import io.kvmesh.api.Health;
import io.kvmesh.api.HintsInfo;
import io.kvmesh.api.KvConfig;
import io.kvmesh.api.MemberInfo;
import io.kvmesh.api.MemberStanding;
import io.kvmesh.api.MemberState;
import io.kvmesh.api.RepairInfo;
import io.kvmesh.api.RepairResult;
import io.kvmesh.api.RingInfo;
import io.kvmesh.api.StorageInfo;
import io.kvmesh.api.StoreException;
import io.kvmesh.api.StreamInfo;
import io.kvmesh.api.TrafficInfo;
import io.kvmesh.api.Watch;
import io.kvmesh.hint.HintedHandoff;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.NodeId;
import io.kvmesh.repair.AntiEntropy;
import io.kvmesh.ring.Replication;
import io.kvmesh.ring.Ring;
import io.kvmesh.ring.RingMember;
import io.kvmesh.ring.RingState;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.storage.StorageEngine;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Answers an operator's questions from the current snapshots. Safe for any thread. */
final class NodeAdmin implements Admin {
    private static final long MICROS_PER_MILLI = 1_000L;

    private final KvConfig config;
    private final StorageEngine engine;
    private final Supplier<ClusterView> view;
    private final MapRegistry maps;
    private final NodeCopies copies;
    private final DamageReport damages;
    private final @Nullable HintedHandoff handoff;
    private final @Nullable AntiEntropy repairs;
    private final BooleanSupplier closed;
    private final @Nullable Mesh mesh;
    private final HealthWatches watches;

    NodeAdmin(
            KvConfig config,
            StorageEngine engine,
            Scheduler scheduler,
            Supplier<ClusterView> view,
            MapRegistry maps,
            NodeCopies copies,
            DamageReport damages,
            @Nullable Mesh mesh,
            @Nullable HintedHandoff handoff,
            @Nullable AntiEntropy repairs,
            BooleanSupplier closed) {
        this.config = config;
        this.engine = engine;
        this.view = view;
        this.maps = maps;
        this.copies = copies;
        this.damages = damages;
        this.mesh = mesh;
        this.handoff = handoff;
        this.repairs = repairs;
        this.closed = closed;
        watches = new HealthWatches(
                this::health, scheduler, config.gossipInterval().toNanos());
    }

    @Override
    public String nodeId() {
        return engine.nodeId().toString();
    }

    @Override
    public List<MemberInfo> members() {
        ClusterView current = view.get();
        List<MemberInfo> members = new ArrayList<>();
        for (ClusterView.Member member : current.members().values()) {
            RingMember place = place(current, member.node());
            members.add(new MemberInfo(
                    member.node().toString(),
                    member.address().toString(),
                    member.state(),
                    standing(current, member.node()),
                    place == null ? "" : place.dataCenter(),
                    place == null ? "" : place.rack(),
                    member.stateSinceMicros() / MICROS_PER_MILLI,
                    current.ring().tokensOf(member.node()).size(),
                    current.ring().ownership(member.node()),
                    member.node().equals(current.self())));
        }
        return members;
    }

    private static @Nullable RingMember place(ClusterView current, NodeId node) {
        RingMember place = current.ring().member(node);
        Ring other = current.otherRing();
        return place == null && other != null ? other.member(node) : place;
    }

    /** What a member has that left, or was taken out, others fetch from it or get from it. */
    private boolean hasToHandOver(ClusterView current, NodeId node) {
        RingState ring = current.ringState();
        return mesh != null
                && node.equals(current.self())
                && ring != null
                && ring.phase() != RingState.Phase.FORMING
                && !mesh.isNothingLeft();
    }

    private MemberStanding standing(ClusterView current, NodeId node) {
        RingState ring = current.ringState();
        RingState.Standing standing = ring == null ? null : ring.standing(node);
        if (standing == null && hasToHandOver(current, node)) {
            return MemberStanding.LEAVING;
        }
        if (standing == null) {
            // A store that is alone has its ring for itself.
            return ring == null && current.ring().contains(node) ? MemberStanding.MEMBER : MemberStanding.NONE;
        }
        return switch (standing) {
            case MEMBER -> MemberStanding.MEMBER;
            case JOINING -> MemberStanding.JOINING;
            case LEAVING, REMOVED -> MemberStanding.LEAVING;
        };
    }

    @Override
    public List<String> replicasOf(String map, Object key) {
        int partition = maps.locate(Objects.requireNonNull(map, "map"), Objects.requireNonNull(key, "key"))
                .partition();
        return view.get().ring().replicasOf(partition).stream()
                .map(NodeId::toString)
                .toList();
    }

    @Override
    public RingInfo ring() {
        return RingReport.ring(view.get());
    }

    @Override
    public List<StreamInfo> streams() {
        return RingReport.streams(view.get(), mesh == null ? Optional.empty() : mesh.streamProgress());
    }

    @Override
    public Watch watchHealth(Consumer<Health> listener) {
        return watches.add(Objects.requireNonNull(listener, "listener"));
    }

    @Override
    public Health health() {
        if (closed.getAsBoolean()) {
            return new Health(Health.Status.CLOSED, List.of("the store is closed"));
        }
        List<String> problems = new ArrayList<>();
        engine.readOnlyReason().ifPresent(reason -> problems.add("writes are refused: " + reason));
        Health.Status worst = problems.isEmpty() ? Health.Status.OK : Health.Status.READ_ONLY;
        problems.addAll(damages.problems());
        addMeshProblems(problems);
        Health.Status status = worst == Health.Status.OK && !problems.isEmpty() ? Health.Status.DEGRADED : worst;
        return new Health(status, problems);
    }

    @Override
    public StorageInfo storage() {
        return engine.info();
    }

    @Override
    public TrafficInfo traffic() {
        return mesh == null ? TrafficInfo.NONE : mesh.traffic();
    }

    @Override
    public HintsInfo hints() {
        return handoff == null ? HintsInfo.NONE : handoff.info();
    }

    @Override
    public RepairInfo repair() {
        return repairs == null ? RepairInfo.NONE : repairs.info();
    }

    @Override
    public CompletableFuture<RepairResult> startRepair() {
        return repairs().repair(null, null);
    }

    @Override
    public CompletableFuture<RepairResult> startRepair(String map) {
        return repairs().repair(Objects.requireNonNull(map, "map"), null);
    }

    @Override
    public CompletableFuture<RepairResult> startRepair(String map, int partition) {
        AntiEntropy running = repairs();
        if (partition < 0 || partition >= config.partitions()) {
            throw new IllegalArgumentException(
                    "partition " + partition + " must be between 0 and " + (config.partitions() - 1));
        }
        List<NodeId> replicas = view.get().ring().replicasOf(partition);
        if (!replicas.contains(engine.nodeId())) {
            throw new IllegalArgumentException("this member does not hold partition " + partition
                    + "; ask one of its replicas, which are " + replicas);
        }
        return running.repair(Objects.requireNonNull(map, "map"), partition);
    }

    private AntiEntropy repairs() {
        if (repairs == null) {
            throw new StoreException("this store is alone: there are no other replicas to repair it with");
        }
        return repairs;
    }

    @Override
    public void flush() {
        engine.flush();
    }

    @Override
    public Path snapshot(String name) {
        return copies.snapshot(Objects.requireNonNull(name, "name"));
    }

    @Override
    public List<String> snapshots() {
        return copies.snapshots();
    }

    @Override
    public void deleteSnapshot(String name) {
        copies.deleteSnapshot(Objects.requireNonNull(name, "name"));
    }

    @Override
    public BackupInfo backup(Path repository) {
        return copies.backup(Objects.requireNonNull(repository, "repository"));
    }

    @Override
    public List<BackupInfo> backups(Path repository) {
        return copies.backups(Objects.requireNonNull(repository, "repository"));
    }

    @Override
    public void deleteBackup(Path repository, String id) {
        copies.deleteBackup(Objects.requireNonNull(repository, "repository"), Objects.requireNonNull(id, "id"));
    }

    /** Where the store is and what it belongs to, for the line that is logged at its start. */
    String place() {
        ClusterView current = view.get();
        String directory = "directory " + config.directory();
        if (config.bindHost().isEmpty()) {
            return directory + ", alone";
        }
        ClusterView.Member self = current.member(current.self());
        return directory + ", cluster '" + config.cluster() + "' at " + (self == null ? "?" : self.address()) + ", "
                + current.aliveCount() + " of " + current.members().size() + " members alive";
    }

    @Override
    public boolean isSafe() {
        ClusterView current = view.get();
        RingState ring = current.ringState();
        boolean settled = mesh == null || (ring != null && ring.phase() == RingState.Phase.STEADY);
        boolean complete = current.ring().members().size() >= current.ring().replicationFactor();
        boolean allAlive = current.ring().members().stream().allMatch(current::isAlive);
        return settled
                && complete
                && allAlive
                && RingReport.canDoWithout(current)
                && health().status() == Health.Status.OK;
    }

    @Override
    public void leave() {
        requireMesh().leaveRing();
    }

    @Override
    public void removeMember(String nodeId) {
        Mesh joined = requireMesh();
        ClusterView current = view.get();
        RingState ring = current.ringState();
        Set<NodeId> seated = ring == null ? Set.of() : ring.seats().keySet();
        if (ring == null || !ring.voters().contains(current.self())) {
            throw new StoreException("this member has no vote in the ring; ask one that has: " + seated);
        }
        for (NodeId node : seated) {
            if (node.toString().equals(Objects.requireNonNull(nodeId, "nodeId")) && !node.equals(current.self())) {
                if (current.isAlive(node)) {
                    throw new IllegalArgumentException(
                            "member " + nodeId + " is alive: let it leave, or stop it first");
                }
                joined.remove(node);
                return;
            }
        }
        throw new IllegalArgumentException("no other member of the ring is '" + nodeId + "': they are " + seated);
    }

    private Mesh requireMesh() {
        Mesh joined = mesh;
        if (joined == null) {
            throw new StoreException("this store is alone: it has no ring");
        }
        return joined;
    }

    /** A store that is alone on purpose is not degraded for having no peers. */
    private void addMeshProblems(List<String> problems) {
        if (mesh == null) {
            return;
        }
        mesh.problem().ifPresent(problems::add);
        mesh.rebuilding().ifPresent(problems::add);
        mesh.streaming().ifPresent(problems::add);
        ClusterView current = view.get();
        String merging = current.isMerging() ? "merging into another ring: " : "";
        mesh.givingUp().map(merging::concat).ifPresent(problems::add);
        RingState ring = current.ringState();
        if (ring != null && ring.phase() == RingState.Phase.DISSOLVED) {
            problems.add("this member's ring was dissolved into an older one, of which too few members are alive");
        }
        if (ring != null && ring.isChanging()) {
            problems.add("the ring is changing: " + ring);
        }
        if (handoff != null) {
            handoff.problem().ifPresent(problems::add);
        }
        ReplacedMember.problem(config, current).ifPresent(problems::add);
        ReplicationReport.addProblems(current, Replication.of(config), problems);
        int withoutQuorum = RingReport.ring(current).withoutQuorum();
        if (withoutQuorum > 0) {
            problems.add(withoutQuorum + " of " + current.ring().partitioner().partitions()
                    + " partitions have too few living replicas for a quorum");
        }
        for (ClusterView.Member member : current.members().values()) {
            // One that was taken out of the ring, or has left it, is missed by nobody.
            boolean isMissed = ring == null || ring.standing(member.node()) != null;
            if (isMissed && member.state() != MemberState.ALIVE) {
                problems.add("member " + member.node() + " at " + member.address() + " is " + member.state());
            }
        }
    }
}
