package io.kvmesh.testkit.campaign;

import io.kvmesh.KvStore;
import io.kvmesh.api.AsyncKvMap;
import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvException;
import io.kvmesh.api.MapSpec;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.testkit.MemberCrashedError;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import io.kvmesh.testkit.history.History;
import io.kvmesh.testkit.history.Operation;
import io.kvmesh.testkit.history.OperationKind;
import io.kvmesh.testkit.history.TaggedValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * Applications on the members of a cluster: each caller has one operation under way, on whatever member is running, and
 * thinks a while between two. Confined to the simulation's thread.
 */
final class Callers {
    static final String MAP = "campaign";

    private static final Duration PATIENCE_BEYOND_TIMEOUT = Duration.ofSeconds(1);
    private static final double THINKING_MEANS_MAX = 20;

    private final SimCluster cluster;
    private final RunSettings settings;
    private final MapSpec<String, String> spec;
    private final RandomSource random;
    private final History history = new History();
    /** The store that each open operation was called on: when that is gone, nobody waits for the operation any more. */
    private final Map<Operation, KvStore> open = new LinkedHashMap<>();

    private boolean stopped;

    Callers(SimCluster cluster, RunSettings settings, RandomSource random) {
        this.cluster = cluster;
        this.settings = settings;
        this.spec = MapSpec.of(MAP, String.class, String.class).withCompaction(settings.compaction());
        this.random = random;
    }

    History history() {
        return history;
    }

    static String key(int index) {
        return "k" + index;
    }

    void start() {
        for (int caller = 0; caller < settings.callers(); caller++) {
            think(new Turn());
        }
    }

    /** No more calls from here on; those under way go on. */
    void stop() {
        stopped = true;
    }

    /** Notes of the operations of dead processes that nobody knows what became of them. */
    void giveUpOnTheDead() {
        List<Operation> orphans = new ArrayList<>();
        open.forEach((operation, store) -> {
            SimMember member = cluster.member(operation.member());
            if (!member.isOpen() || !member.store().equals(store)) {
                orphans.add(operation);
            }
        });
        for (Operation orphan : orphans) {
            open.remove(orphan);
            history.callerDied(orphan, cluster.loop().nowNanos());
        }
    }

    /** One call at a level by the test itself, which waits for it. */
    void readAndWait(SimMember member, String key, ConsistencyLevel level) {
        Operation operation = history.called(
                member.index(),
                OperationKind.READ,
                key,
                level,
                null,
                cluster.loop().nowNanos());
        try {
            String seen = member.store().map(spec).with(level).get(key);
            history.returned(operation, seen, cluster.loop().nowNanos());
        } catch (KvException e) {
            history.failed(operation, e, cluster.loop().nowNanos());
        }
    }

    /** Whose turn it is to call: a caller goes on by its own turn only once. */
    private final class Turn {
        private boolean over;

        void next() {
            if (!over) {
                over = true;
                think(new Turn());
            }
        }
    }

    private void think(Turn turn) {
        double means = Math.min(THINKING_MEANS_MAX, -StrictMath.log(1 - random.nextDouble()));
        cluster.loop().after(Duration.ofNanos((long) (settings.thinkTime().toNanos() * means)), () -> call(turn));
    }

    private void call(Turn turn) {
        if (stopped) {
            return;
        }
        List<SimMember> callable = cluster.running().stream()
                .filter(member -> member.isOpen() && !member.isPaused())
                .toList();
        if (callable.isEmpty()) {
            turn.next();
            return;
        }
        SimMember member = callable.get(random.nextInt(callable.size()));
        String key = key(random.nextInt(settings.keys()));
        ConsistencyLevel level =
                settings.levels().get(random.nextInt(settings.levels().size()));
        OperationKind kind = drawKind();
        String value = kind == OperationKind.WRITE
                ? TaggedValue.of(key, history.nextNumber(), random.nextInt(settings.valueBytesMax() - 16))
                : null;
        Operation operation = history.called(
                member.index(), kind, key, level, value, cluster.loop().nowNanos());
        open.put(operation, member.store());
        cluster.loop().after(settings.operationTimeout().plus(PATIENCE_BEYOND_TIMEOUT), turn::next);
        // What this stage becomes is of no interest: its function takes every outcome and throws nothing.
        var unused = begin(member, operation).whenComplete((seen, error) -> {
            ended(operation, seen, error);
            turn.next();
        });
    }

    private CompletableFuture<@Nullable String> begin(SimMember member, Operation operation) {
        try {
            AsyncKvMap<String, String> map = member.store().map(spec).async().with(operation.level());
            String value = operation.value();
            return switch (operation.kind()) {
                case READ -> map.get(operation.key());
                case DELETE -> map.delete(operation.key()).thenApply(nothing -> null);
                case WRITE ->
                    map.set(operation.key(), value == null ? "" : value).thenApply(nothing -> null);
            };
        } catch (KvException | MemberCrashedError e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private void ended(Operation operation, @Nullable String seen, @Nullable Throwable error) {
        if (open.remove(operation) == null) {
            return;
        }
        long nowNanos = cluster.loop().nowNanos();
        if (error == null) {
            history.returned(operation, seen, nowNanos);
        } else if (error instanceof MemberCrashedError) {
            history.callerDied(operation, nowNanos);
        } else {
            Throwable cause = error instanceof CompletionException wrapped && wrapped.getCause() != null
                    ? wrapped.getCause()
                    : error;
            history.failed(operation, cause, nowNanos);
        }
    }

    private OperationKind drawKind() {
        double drawn = random.nextDouble();
        if (drawn < settings.readShare()) {
            return OperationKind.READ;
        }
        return random.chance(settings.deleteShare()) ? OperationKind.DELETE : OperationKind.WRITE;
    }
}
