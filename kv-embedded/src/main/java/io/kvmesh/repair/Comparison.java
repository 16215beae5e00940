package io.kvmesh.repair;

import io.kvmesh.api.KvException;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.repair.MerkleMessages.Opening;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Compares one partition of one map with other replicas, and evens out the differences. Its steps follow each other.
 *
 * <ol>
 *   <li>All are asked whether they hold the partition, and below which stamp they may have forgotten deletions.
 *   <li>This member builds its tree, and so does each of the others when it is asked for its root.
 *   <li>With each of them the trees are descended where they differ, down to the leaves.
 *   <li>Of all these leaves the keys are listed and the cells moved, see {@link LeafExchange}.
 * </ol>
 *
 * At the end every one of them holds the newest cell that any of them held of any key when the comparison began.
 */
final class Comparison {
    /** What is done about differences. */
    enum Mode {
        BOTH_WAYS,
        /** Others get what they lack or have older, and nothing is taken over. */
        PUSH_ONLY,
        /**
         * As before, of everything: what others may have forgotten is not withheld, since what this member has never
         * was in their ring.
         */
        PUSH_ALL;

        boolean takes() {
            return this == BOTH_WAYS;
        }

        boolean withholds() {
            return this == PUSH_ONLY;
        }
    }

    private final RepairSeams seams;
    private final RepairHistory history;
    private final MapDescriptor map;
    private final int partition;
    private final List<NodeId> peers;
    private final Mode mode;
    private final Consumer<Compared> onDone;
    private final Consumer<String> onFailed;
    private final long beginMicros;
    private final Map<NodeId, Opening> openings = new TreeMap<>();
    private final Map<NodeId, BitSet> leaves = new TreeMap<>();

    /**
     * What a comparison came to.
     *
     * @param beginMicros the wall time when it began
     * @param openings what each of the others said of itself
     * @param withheld cells that were not pushed, see {@link LeafExchange}
     */
    record Compared(long beginMicros, Map<NodeId, Opening> openings, long fetched, long pushed, long withheld) {}

    private Comparison(
            RepairSeams seams,
            RepairHistory history,
            MapDescriptor map,
            int partition,
            List<NodeId> peers,
            Mode mode,
            Consumer<Compared> onDone,
            Consumer<String> onFailed) {
        this.seams = seams;
        this.history = history;
        this.map = map;
        this.partition = partition;
        this.peers = List.copyOf(peers);
        this.mode = mode;
        this.onDone = onDone;
        this.onFailed = onFailed;
        this.beginMicros = seams.clock().wallMicros();
    }

    /** One of the two is called, once, in the background. */
    static void start(
            RepairSeams seams,
            RepairHistory history,
            MapDescriptor map,
            int partition,
            List<NodeId> peers,
            Mode mode,
            Consumer<Compared> onDone,
            Consumer<String> onFailed) {
        new Comparison(seams, history, map, partition, peers, mode, onDone, onFailed).open();
    }

    private void open() {
        InTurn.each(
                peers.iterator(),
                (peer, next) -> RepairCall.ask(
                        seams,
                        peer,
                        MerkleMessages.open(map, partition),
                        reply -> {
                            openings.put(peer, MerkleMessages.readOpening(reply));
                            next.run();
                        },
                        onFailed),
                this::build);
    }

    private void build() {
        long forgottenBeforeMicros = history.repairedUntilMicros(map.id(), partition);
        for (Opening opening : openings.values()) {
            forgottenBeforeMicros = Math.max(forgottenBeforeMicros, opening.forgottenBeforeMicros());
        }
        // Deletions of another ring count, however old: what they hide may come from there, too.
        long countsFromMicros = mode == Mode.PUSH_ALL ? Long.MIN_VALUE : forgottenBeforeMicros;
        CompareScope scope = new CompareScope(map.id(), partition, countsFromMicros, beginMicros);
        TreeBuilding.start(seams, scope, new TreeBuilding.Listener() {
            @Override
            public void onBuilt(MerkleTree.Builder built) {
                descend(scope, built.build(MerkleTree.levelsFor(built.keys())));
            }

            @Override
            public void onFailed(KvException reason) {
                onFailed.accept(String.valueOf(reason.getMessage()));
            }
        });
    }

    private void descend(CompareScope scope, MerkleTree own) {
        InTurn.each(
                peers.iterator(),
                (peer, next) -> TreeDescent.start(
                        seams,
                        peer,
                        scope,
                        own,
                        differing -> {
                            leaves.put(peer, differing);
                            next.run();
                        },
                        onFailed),
                () -> exchange(scope, own.levels()));
    }

    private void exchange(CompareScope scope, int levels) {
        if (leaves.values().stream().allMatch(BitSet::isEmpty)) {
            onDone.accept(new Compared(beginMicros, openings, 0, 0, 0));
            return;
        }
        LeafExchange exchange = new LeafExchange(seams, scope, levels, leaves, mode, onFailed);
        exchange.start(() -> onDone.accept(
                new Compared(beginMicros, openings, exchange.fetched(), exchange.pushed(), exchange.withheld())));
    }
}
