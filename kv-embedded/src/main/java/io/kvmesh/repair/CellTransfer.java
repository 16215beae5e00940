package io.kvmesh.repair;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;
import io.kvmesh.replica.PageMessages.KeyedCell;
import io.kvmesh.replica.ReplicaMessages;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Moves cells between this member and others: fetches what they have, pushes what this one has. Its steps follow each
 * other. What is moved is written like any other cell, so the newest stays whatever comes in which order.
 */
final class CellTransfer {
    private final RepairSeams seams;
    private final MapId map;
    private final Consumer<String> onFailed;
    private long fetched;
    private long pushed;

    CellTransfer(RepairSeams seams, MapId map, Consumer<String> onFailed) {
        this.seams = seams;
        this.map = map;
        this.onFailed = onFailed;
    }

    long fetched() {
        return fetched;
    }

    long pushed() {
        return pushed;
    }

    /** Takes over the cells of some keys from a member; {@code keys} is used up. */
    void fetch(NodeId from, List<Key> keys, Runnable onDone) {
        if (keys.isEmpty()) {
            onDone.run();
            return;
        }
        List<Key> asked = new ArrayList<>(keys.subList(0, countUpTo(keys, MerkleMessages.PAGE_BYTES_MAX)));
        int askedCount = asked.size();
        RepairCall.ask(
                seams,
                from,
                MerkleMessages.cells(map, asked),
                reply -> {
                    List<KeyedCell> cells = MerkleMessages.readFound(reply, asked);
                    keys.subList(0, askedCount - asked.size()).clear();
                    store(cells, () -> fetch(from, keys, onDone));
                },
                onFailed);
    }

    private static int countUpTo(List<Key> keys, int bytesMax) {
        int count = 0;
        for (long bytes = 0; count < Math.min(keys.size(), MerkleMessages.KEYS_MAX) && bytes < bytesMax; count++) {
            bytes += keys.get(count).length();
        }
        return count;
    }

    private void store(List<KeyedCell> cells, Runnable onDone) {
        LocalWrites.start(seams.engine(), seams.scheduler(), map, cells, failure -> {
            if (failure == null) {
                fetched += cells.size();
                seams.laterThan(bytesOf(cells), onDone);
            } else {
                onFailed.accept("what other members have cannot be stored: " + failure.getMessage());
            }
        });
    }

    /**
     * Sends what this member has of some keys to others.
     *
     * @param keysByTarget what may have to go to whom; it is used up
     * @param isWanted decides when the present cell was read
     */
    void push(Map<NodeId, List<Key>> keysByTarget, BiPredicate<NodeId, KeyedCell> isWanted, Runnable onDone) {
        InTurn.each(
                new TreeMap<>(keysByTarget).entrySet().iterator(),
                (target, next) -> push(target.getKey(), target.getValue(), isWanted, next),
                onDone);
    }

    private void push(NodeId to, List<Key> keys, BiPredicate<NodeId, KeyedCell> isWanted, Runnable onDone) {
        if (keys.isEmpty()) {
            onDone.run();
            return;
        }
        List<KeyedCell> batch = new ArrayList<>();
        long bytes = 0;
        int taken = 0;
        while (taken < Math.min(keys.size(), MerkleMessages.KEYS_MAX) && bytes < MerkleMessages.PAGE_BYTES_MAX) {
            Key key = keys.get(taken++);
            KeyedCell cell = read(key);
            if (cell != null && isWanted.test(to, cell)) {
                batch.add(cell);
                bytes += bytesOf(cell);
            }
        }
        keys.subList(0, taken).clear();
        if (batch.isEmpty()) {
            seams.later(() -> guarded(() -> push(to, keys, isWanted, onDone)));
            return;
        }
        long moved = bytes;
        RepairCall.ask(
                seams,
                to,
                MerkleMessages.push(map, batch),
                reply -> {
                    pushed += batch.size();
                    seams.laterThan(moved, () -> guarded(() -> push(to, keys, isWanted, onDone)));
                },
                onFailed);
    }

    private @Nullable KeyedCell read(Key key) {
        Cell cell = seams.engine().read(map, key);
        return cell == null ? null : new KeyedCell(key, cell);
    }

    /** Runs a step that uses the engine outside of an answer. */
    private void guarded(Runnable step) {
        Guarded.run(step, onFailed);
    }

    private static long bytesOf(List<KeyedCell> cells) {
        return cells.stream().mapToLong(CellTransfer::bytesOf).sum();
    }

    private static long bytesOf(KeyedCell each) {
        return 4L + each.key().length() + ReplicaMessages.cellBytes(each.cell());
    }
}
