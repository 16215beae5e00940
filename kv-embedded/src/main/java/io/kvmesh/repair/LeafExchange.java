package io.kvmesh.repair;

import io.kvmesh.model.Key;
import io.kvmesh.model.Murmur3;
import io.kvmesh.model.NodeId;
import io.kvmesh.repair.Comparison.Mode;
import io.kvmesh.repair.MerkleMessages.Entry;
import io.kvmesh.repair.MerkleMessages.EntryPage;
import io.kvmesh.replica.PageMessages.KeyedCell;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Evens out the differences in some leaves, window by window of keys in their order, so that memory is bounded. Its
 * steps follow each other.
 *
 * <ol>
 *   <li>Each replica lists keys and versions of the leaves in which it differs; this one those of all these leaves. The
 *       window ends where the shortest list ends. A replica that does not differ in a leaf has the same as this one.
 *   <li>Cells of which another replica has the newest are fetched, from one that has it.
 *   <li>What this member then has is pushed to each replica that has it older, or not at all.
 * </ol>
 *
 * <p>Without fetching ({@link Mode#PUSH_ONLY}) a cell is withheld that a replica lacks and that is older than what
 * replicas may have forgotten. This member may have missed the deletion of the cell, and its owners may have compared
 * themselves since without it, and forgotten the deletion: the cell would come back to life. When this member took part
 * in their last comparison, they all have such a cell, and none is withheld.
 */
final class LeafExchange {
    private final RepairSeams seams;
    private final CompareScope scope;
    private final int levels;
    private final Map<NodeId, BitSet> leaves;
    private final BitSet allLeaves = new BitSet();
    private final Mode mode;
    private final Consumer<String> onFailed;
    private final EntryLister lister;
    private final CellTransfer transfer;
    private final TreeSet<Key> withheld = new TreeSet<>();
    private long withheldBefore;

    /** @param leaves for each of the other replicas the leaves in which it differs, of a tree of so many levels */
    LeafExchange(
            RepairSeams seams,
            CompareScope scope,
            int levels,
            Map<NodeId, BitSet> leaves,
            Mode mode,
            Consumer<String> onFailed) {
        this.seams = seams;
        this.scope = scope;
        this.levels = levels;
        this.leaves = new TreeMap<>(leaves);
        this.mode = mode;
        this.onFailed = onFailed;
        this.lister = new EntryLister(scope, levels);
        this.transfer = new CellTransfer(seams, scope.map(), onFailed);
        leaves.values().forEach(allLeaves::or);
    }

    long fetched() {
        return transfer.fetched();
    }

    long pushed() {
        return transfer.pushed();
    }

    /** How many keys were withheld from some replica. */
    long withheld() {
        return withheldBefore + withheld.size();
    }

    void start(Runnable onDone) {
        window(scope.span().from(), onDone);
    }

    private void window(Key from, Runnable onDone) {
        Map<NodeId, EntryPage> pages = new TreeMap<>();
        InTurn.each(
                leaves.entrySet().iterator(),
                (peer, next) -> list(peer.getKey(), peer.getValue(), from, page -> {
                    pages.put(peer.getKey(), page);
                    next.run();
                }),
                () -> {
                    EntryLister.Listed own = lister.page(seams.engine(), from, allLeaves);
                    seams.laterThan(own.bytes(), () -> Guarded.run(() -> even(own.page(), pages, onDone), onFailed));
                });
    }

    private void list(NodeId peer, BitSet differing, Key from, Consumer<EntryPage> onPage) {
        if (differing.isEmpty()) {
            onPage.accept(new EntryPage(List.of(), null));
            return;
        }
        RepairCall.ask(
                seams,
                peer,
                MerkleMessages.list(scope, levels, from, differing),
                reply -> onPage.accept(MerkleMessages.readEntries(reply, from)),
                onFailed);
    }

    private void even(EntryPage own, Map<NodeId, EntryPage> pages, Runnable onDone) {
        Key end = own.next();
        for (EntryPage page : pages.values()) {
            Key next = page.next();
            end = next != null && (end == null || next.compareTo(end) < 0) ? next : end;
        }
        Window window = new Window(own, pages, end);
        window.fetch(() -> {
            Key next = window.end;
            Runnable goOn = next == null ? onDone : () -> window(next, onDone);
            window.push(() -> {
                withheldBefore += withheld.size();
                withheld.clear();
                goOn.run();
            });
        });
    }

    /** Whether a holder of the first has something that a holder of the second should get. */
    private static boolean beats(Entry first, @Nullable Entry second) {
        if (second == null) {
            return true;
        }
        int order = compare(first, second);
        return order > 0 || (order == 0 && first.digest() != second.digest());
    }

    private static int compare(Entry first, Entry second) {
        int order = first.version().compareTo(second.version());
        return order != 0 ? order : Boolean.compare(first.tombstone(), second.tombstone());
    }

    /** What all replicas have of the keys up to the end of the window. */
    private final class Window {
        final @Nullable Key end;
        private final Map<Key, Entry> own = new TreeMap<>();
        private final Map<NodeId, Map<Key, Entry>> others = new TreeMap<>();
        private final TreeSet<Key> keys = new TreeSet<>();
        private final TreeSet<Key> fetched = new TreeSet<>();

        Window(EntryPage ownPage, Map<NodeId, EntryPage> pages, @Nullable Key end) {
            this.end = end;
            take(ownPage, own);
            pages.forEach((peer, page) -> take(page, others.computeIfAbsent(peer, absent -> new TreeMap<>())));
        }

        private void take(EntryPage page, Map<Key, Entry> into) {
            for (Entry entry : page.entries()) {
                if (end == null || entry.key().compareTo(end) < 0) {
                    into.put(entry.key(), entry);
                    keys.add(entry.key());
                }
            }
        }

        void fetch(Runnable onDone) {
            if (!mode.takes()) {
                onDone.run();
                return;
            }
            Map<NodeId, List<Key>> wanted = new TreeMap<>();
            for (Key key : keys) {
                chooseSources(key).forEach(peer -> {
                    wanted.computeIfAbsent(peer, absent -> new ArrayList<>()).add(key);
                    fetched.add(key);
                });
            }
            InTurn.each(
                    wanted.entrySet().iterator(),
                    (peer, next) -> transfer.fetch(peer.getKey(), peer.getValue(), next),
                    onDone);
        }

        /** One of those that have the newest cell; several if their cells differ nevertheless. */
        private List<NodeId> chooseSources(Key key) {
            List<NodeId> sources = new ArrayList<>();
            List<Entry> chosen = new ArrayList<>();
            for (Map.Entry<NodeId, Map<Key, Entry>> other : others.entrySet()) {
                Entry entry = other.getValue().get(key);
                if (entry == null || !beats(entry, own.get(key))) {
                    continue;
                }
                if (!chosen.isEmpty() && compare(entry, chosen.get(0)) > 0) {
                    sources.clear();
                    chosen.clear();
                }
                if (chosen.stream().allMatch(each -> compare(entry, each) == 0 && entry.digest() != each.digest())) {
                    sources.add(other.getKey());
                    chosen.add(entry);
                }
            }
            return sources;
        }

        void push(Runnable onDone) {
            Map<NodeId, List<Key>> targets = new TreeMap<>();
            for (Key key : keys) {
                int leaf = MerkleTree.leafOf(Murmur3.hash128(key.bytes()), levels);
                leaves.forEach((peer, differing) -> {
                    // What was fetched is new to a replica that had the same as this one, too.
                    if (fetched.contains(key) || (own.containsKey(key) && differing.get(leaf))) {
                        targets.computeIfAbsent(peer, absent -> new ArrayList<>())
                                .add(key);
                    }
                });
            }
            transfer.push(targets, this::isWanted, onDone);
        }

        private boolean isWanted(NodeId peer, KeyedCell cell) {
            Entry present = lister.entry(cell.key(), cell.cell());
            int leaf = MerkleTree.leafOf(Murmur3.hash128(cell.key().bytes()), levels);
            BitSet differing = leaves.get(peer);
            Entry theirs = differing != null && differing.get(leaf) ? entryOf(peer, cell.key()) : own.get(cell.key());
            boolean wanted = beats(present, theirs);
            if (wanted
                    && theirs == null
                    && mode.withholds()
                    && present.version().timestampMicros() < scope.forgottenBeforeMicros()) {
                withheld.add(cell.key());
                return false;
            }
            return wanted;
        }

        private @Nullable Entry entryOf(NodeId peer, Key key) {
            return others.getOrDefault(peer, Map.of()).get(key);
        }
    }
}
