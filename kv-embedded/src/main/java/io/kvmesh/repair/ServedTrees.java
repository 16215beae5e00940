package io.kvmesh.repair;

import io.kvmesh.api.KvException;
import io.kvmesh.model.MapId;
import io.kvmesh.transport.InboundRequest;
import io.kvmesh.transport.PeerId;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The trees that were built for other members. Guarded by its own monitor.
 *
 * <p>A tree is of one comparison, whose beginning is part of its scope, and never serves another: what was written
 * since would look equal. Only a few are kept; one that is asked for again is built again.
 */
final class ServedTrees {
    /** More comparisons than these are hardly under way with one member; each tree takes up to a megabyte. */
    static final int TREES_MAX = 8;
    /** A request that is repeated while its tree is built waits beside the one before. */
    static final int WAITING_MAX = 4;

    private final RepairSeams seams;
    private final Map<Name, Served> trees = new LinkedHashMap<>();

    private record Name(PeerId peer, CompareScope scope, int levels) {}

    private record Waiting(InboundRequest request, Consumer<MerkleTree> onTree, Consumer<String> onFailed) {}

    /** A tree, or those who wait for it. */
    private static final class Served {
        @Nullable
        MerkleTree tree;

        final List<Waiting> waiting = new ArrayList<>();
    }

    ServedTrees(RepairSeams seams) {
        this.seams = seams;
    }

    /** Calls one of the two, now or in the background, unless the request expires before. */
    void use(
            InboundRequest request,
            CompareScope scope,
            int levels,
            Consumer<MerkleTree> onTree,
            Consumer<String> onFailed) {
        Name name = new Name(request.from(), scope, levels);
        MerkleTree ready;
        boolean begins = false;
        synchronized (this) {
            Served served = trees.get(name);
            if (served == null) {
                served = new Served();
                trees.put(name, served);
                begins = true;
                dropOldest();
            }
            ready = served.tree;
            if (ready == null) {
                if (served.waiting.size() >= WAITING_MAX) {
                    // The oldest has expired, or will before the tree is there.
                    served.waiting.remove(0);
                }
                served.waiting.add(new Waiting(request, onTree, onFailed));
            }
        }
        if (ready != null) {
            onTree.accept(ready);
        } else if (begins) {
            build(name);
        }
    }

    private void dropOldest() {
        Iterator<Name> oldest = trees.keySet().iterator();
        while (trees.size() > TREES_MAX) {
            oldest.next();
            oldest.remove();
        }
    }

    private void build(Name name) {
        TreeBuilding.start(seams, name.scope(), new TreeBuilding.Listener() {
            @Override
            public void onBuilt(MerkleTree.Builder built) {
                MerkleTree tree = built.build(name.levels());
                for (Waiting each : take(name, tree)) {
                    if (!each.request().isExpired()) {
                        Guarded.run(() -> each.onTree().accept(tree), each.onFailed());
                    }
                }
            }

            @Override
            public void onFailed(KvException reason) {
                take(name, null).forEach(each -> each.onFailed().accept(String.valueOf(reason.getMessage())));
            }
        });
    }

    /** Those who waited; without a tree it is not kept. */
    private synchronized List<Waiting> take(Name name, @Nullable MerkleTree tree) {
        Served served = trees.get(name);
        if (served == null) {
            return List.of();
        }
        List<Waiting> waiting = List.copyOf(served.waiting);
        served.waiting.clear();
        served.tree = tree;
        if (tree == null) {
            trees.remove(name);
        }
        return waiting;
    }

    /** The comparison of a partition with this member is over. */
    synchronized void forget(PeerId peer, MapId map, int partition) {
        trees.keySet()
                .removeIf(name -> name.peer().equals(peer)
                        && name.scope().map().equals(map)
                        && name.scope().partition() == partition);
    }
}
