package io.kvmesh.repair;

import io.kvmesh.api.KvException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.Cell;
import io.kvmesh.model.HybridClock;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.MapId;
import io.kvmesh.repair.MerkleMessages.Opening;
import io.kvmesh.repair.MerkleMessages.Statement;
import io.kvmesh.replica.PageMessages.KeyedCell;
import io.kvmesh.replica.ReplicaMessages;
import io.kvmesh.runtime.Lane;
import io.kvmesh.transport.InboundRequest;
import io.kvmesh.transport.Verb;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Answers the members that compare their partitions with this one. Safe for any thread: requests are served on the
 * compaction lane, and on the flush lane if they sync files.
 */
public final class MerkleService {
    private static final int SMALL_REPLY_BYTES = 32;

    private final RepairSeams seams;
    private final RepairHistory history;
    private final ServedTrees trees;

    public MerkleService(RepairSeams seams, RepairHistory history) {
        this.seams = seams;
        this.history = history;
        this.trees = new ServedTrees(seams);
    }

    /** Takes over the verb of comparisons of a messenger. */
    public void register() {
        seams.messenger().handle(Verb.MERKLE, this::onRequest);
    }

    private void onRequest(InboundRequest request, ByteReader payload) {
        byte[] bytes = payload.readBytes(payload.remaining());
        ByteReader reader = new ByteReader(bytes);
        MerkleKind kind;
        try {
            kind = MerkleMessages.readKind(reader);
        } catch (MalformedBytesException e) {
            refuse(request, String.valueOf(e.getMessage()));
            return;
        }
        Lane lane = kind == MerkleKind.OPEN || kind == MerkleKind.SEAL ? Lane.FLUSH : Lane.COMPACT;
        if (!seams.scheduler().offer(lane, () -> serve(request, kind, reader))) {
            request.replyOverloaded();
        }
    }

    private void serve(InboundRequest request, MerkleKind kind, ByteReader body) {
        if (request.isExpired()) {
            return;
        }
        try {
            switch (kind) {
                case OPEN -> onOpen(request, body);
                case ROOT -> onTree(request, body, this::answerRoot);
                case CHILDREN -> onChildren(request, body);
                case LIST -> onList(request, body);
                case CELLS -> onCells(request, body);
                case PUSH -> onPush(request, body);
                case SEAL -> onSeal(request, body);
                case MARK -> onMark(request, body);
                case MAPS -> onMaps(request);
            }
        } catch (KvException | MalformedBytesException e) {
            refuse(request, String.valueOf(e.getMessage()));
        }
    }

    private void onOpen(InboundRequest request, ByteReader body) {
        MapDescriptor map = ReplicaMessages.readDescriptor(body);
        int partition = requirePartition(body.readUnsignedShort());
        ClusterView view = seams.view().get();
        if (!Replicas.holds(view, view.self(), partition)) {
            refuse(request, "it does not hold partition " + partition);
            return;
        }
        seams.engine().createMap(map);
        answer(request, SMALL_REPLY_BYTES, reply -> {
            long forgottenBeforeMicros = history.repairedUntilMicros(map.id(), partition);
            MerkleMessages.putOpening(reply, new Opening(seams.engine().generation(), forgottenBeforeMicros));
        });
    }

    private void onTree(InboundRequest request, ByteReader body, BiConsumer<InboundRequest, MerkleTree> onTree) {
        CompareScope scope = readScope(body);
        int levels = MerkleMessages.readLevels(body);
        trees.use(request, scope, levels, tree -> onTree.accept(request, tree), reason -> refuse(request, reason));
    }

    private void answerRoot(InboundRequest request, MerkleTree tree) {
        answer(request, SMALL_REPLY_BYTES, reply -> {
            reply.putLong(tree.keys());
            MerkleMessages.putNode(reply, tree.root());
        });
    }

    private void onChildren(InboundRequest request, ByteReader body) {
        onTree(request, body, (same, tree) -> {
            int level = body.readUnsignedByte();
            if (level >= tree.levels()) {
                throw new MalformedBytesException("nodes of level " + level + " have no children");
            }
            List<Integer> nodes = MerkleMessages.readNodes(body, level);
            answer(
                    request,
                    nodes.size() * MerkleTree.FAN_OUT * MerkleMessages.NODE_BYTES,
                    reply -> nodes.forEach(
                            node -> tree.children(level, node).forEach(child -> MerkleMessages.putNode(reply, child))));
        });
    }

    private void onList(InboundRequest request, ByteReader body) {
        CompareScope scope = readScope(body);
        int levels = MerkleMessages.readLevels(body);
        Key from = MerkleMessages.readKey(body);
        if (!scope.span().contains(from)) {
            throw new MalformedBytesException("key " + from + " is not of partition " + scope.partition());
        }
        BitSet leaves = MerkleMessages.readLeaves(body, levels);
        EntryLister.Listed listed = new EntryLister(scope, levels).page(seams.engine(), from, leaves);
        answer(request, MerkleMessages.PAGE_BYTES_MAX, reply -> MerkleMessages.putEntries(reply, listed.page()));
    }

    private void onCells(InboundRequest request, ByteReader body) {
        MapId map = readMap(body);
        List<Key> keys = MerkleMessages.readKeys(body);
        List<@Nullable Cell> found = new ArrayList<>();
        int bytes = 0;
        for (int i = 0; i < keys.size() && bytes < MerkleMessages.PAGE_BYTES_MAX; i++) {
            Cell cell = seams.engine().read(map, keys.get(i));
            found.add(cell);
            bytes += cell == null ? 1 : ReplicaMessages.cellBytes(cell);
        }
        answer(request, SMALL_REPLY_BYTES + bytes, reply -> MerkleMessages.putFound(reply, found));
    }

    private void onPush(InboundRequest request, ByteReader body) {
        MapId map = readMap(body);
        List<KeyedCell> cells = MerkleMessages.readCells(body);
        ClusterView view = seams.view().get();
        for (KeyedCell each : cells) {
            requirePartition(each.key().partition());
            if (!Replicas.holds(view, view.self(), each.key().partition())) {
                refuse(request, "it does not hold partition " + each.key().partition());
                return;
            }
        }
        LocalWrites.start(seams.engine(), seams.scheduler(), map, cells, failure -> {
            if (failure == null) {
                answer(request, SMALL_REPLY_BYTES, reply -> {});
            } else {
                refuse(request, String.valueOf(failure.getMessage()));
            }
        });
    }

    private void onSeal(InboundRequest request, ByteReader body) {
        Statement statement = MerkleMessages.readStatement(body);
        requirePartition(statement.partition());
        long generation = body.readLong();
        String objection = generation == seams.engine().generation()
                ? objection(statement)
                : "it was opened anew since the comparison began, and may have lost what was not synced";
        if (objection != null) {
            refuse(request, objection);
            return;
        }
        seams.engine().sync();
        trees.forget(request.from(), statement.map(), statement.partition());
        answer(request, SMALL_REPLY_BYTES, reply -> {});
    }

    private void onMark(InboundRequest request, ByteReader body) {
        Statement statement = MerkleMessages.readStatement(body);
        requirePartition(statement.partition());
        String objection = objection(statement);
        if (objection != null) {
            refuse(request, objection);
            return;
        }
        history.mark(statement.map(), statement.partition(), statement.beginMicros());
        answer(request, SMALL_REPLY_BYTES, reply -> {});
    }

    /** Why what is stated is not so for all that this member knows; null if it is. */
    private @Nullable String objection(Statement statement) {
        if (statement.replicas().isEmpty()) {
            return null;
        }
        ClusterView view = seams.view().get();
        int partition = statement.partition();
        if (!Replicas.areSettled(view, partition)) {
            return "partition " + partition + " is moving";
        }
        if (!Replicas.areSame(view.ring().replicasOf(partition), statement.replicas())) {
            return "it knows other replicas of partition " + partition;
        }
        long aheadMicros = statement.beginMicros() - seams.clock().wallMicros();
        return aheadMicros <= HybridClock.AHEAD_MICROS_MAX
                ? null
                : "the comparison began " + aheadMicros / 1_000 + " ms ahead of its clock. Set the clocks right.";
    }

    private void onMaps(InboundRequest request) {
        answer(
                request,
                SMALL_REPLY_BYTES,
                reply -> MerkleMessages.putMaps(reply, seams.engine().maps()));
    }

    private CompareScope readScope(ByteReader body) {
        CompareScope scope = MerkleMessages.readScope(body);
        requireMap(scope.map());
        requirePartition(scope.partition());
        return scope;
    }

    private MapId readMap(ByteReader body) {
        return requireMap(new MapId(body.readLong()));
    }

    private MapId requireMap(MapId map) {
        if (seams.engine().map(map) == null) {
            throw new MalformedBytesException("map " + map + " is not known");
        }
        return map;
    }

    private int requirePartition(int partition) {
        int partitions = seams.view().get().ring().partitioner().partitions();
        if (partition >= partitions) {
            throw new MalformedBytesException("there is no partition " + partition + " of " + partitions);
        }
        return partition;
    }

    private static void answer(InboundRequest request, int bytes, Consumer<ByteWriter> body) {
        ByteWriter reply = MerkleMessages.done(request.newReply(1 + bytes));
        body.accept(reply);
        request.reply(reply);
    }

    private static void refuse(InboundRequest request, String reason) {
        request.reply(MerkleMessages.refused(request.newReply(SMALL_REPLY_BYTES + reason.length()), reason));
    }
}
