package io.kvmesh.repair;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.MapId;
import io.kvmesh.model.RingEpoch;
import java.util.BitSet;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers, across restarts, which partitions this member has fetched for one change of the ring. Guarded by its own
 * monitor; the node store is used on the control lane.
 *
 * <p>What was fetched before a restart needs no second fetch, whatever was written meanwhile. A page is read at its
 * source behind all writes of older states of the ring, and the source takes no more of these. Writes of the change
 * itself need a quorum among the new replicas, whether this one is there or not. So a partition that was fetched is
 * complete for as long as that very change lasts, and nothing here counts for another one.
 */
final class GainProgress {
    private static final Logger LOG = LoggerFactory.getLogger(Bootstrap.class);
    private static final int VERSION = 1;

    private final RingEpoch epoch;
    private final int partitions;
    private final Consumer<Consumer<NodeStore>> storeAccess;
    private final Map<MapId, BitSet> fetched = new TreeMap<>();
    /** Maps of which more was fetched than was saved. */
    private final TreeSet<MapId> unsaved = new TreeSet<>();

    /**
     * @param epoch the state of the ring with which the change began
     * @param storeAccess runs something with the node store on the control lane, soon; never again when the store is
     *     closed
     */
    GainProgress(RingEpoch epoch, int partitions, Consumer<Consumer<NodeStore>> storeAccess) {
        this.epoch = epoch;
        this.partitions = partitions;
        this.storeAccess = storeAccess;
    }

    /** Reads what an earlier run saved of some maps, then goes on, on the control lane. */
    void load(Collection<MapDescriptor> maps, Runnable then) {
        storeAccess.accept(store -> {
            maps.forEach(map -> load(store, map.id()));
            then.run();
        });
    }

    private void load(NodeStore store, MapId map) {
        try {
            store.record(name(map)).ifPresent(bytes -> decode(map, bytes));
        } catch (NodeStoreException | MalformedBytesException e) {
            LOG.warn("The record {} cannot be read: what it tells of is fetched again", name(map), e);
        }
    }

    private static String name(MapId map) {
        return "gained." + map;
    }

    private void decode(MapId map, byte[] bytes) {
        ByteReader reader = new ByteReader(bytes);
        int version = reader.readUnsignedByte();
        if (version != VERSION) {
            throw new MalformedBytesException("version " + version + " is not " + VERSION);
        }
        RingEpoch of = new RingEpoch(reader.readLong(), reader.readLong());
        BitSet known = BitSet.valueOf(reader.readSizedBytes());
        if (known.length() > partitions) {
            throw new MalformedBytesException("partition " + (known.length() - 1) + " is none of " + partitions);
        }
        if (of.equals(epoch)) {
            synchronized (this) {
                fetched.computeIfAbsent(map, absent -> new BitSet()).or(known);
            }
        }
    }

    /** What of a map is here. */
    synchronized BitSet of(MapId map) {
        BitSet known = fetched.get(map);
        return known == null ? new BitSet() : (BitSet) known.clone();
    }

    /** All of these partitions of a map was written here; it may be lost with the power until the engine has synced. */
    synchronized void fetched(MapId map, int first, int last) {
        fetched.computeIfAbsent(map, absent -> new BitSet()).set(first, last + 1);
        unsaved.add(map);
    }

    synchronized boolean isSaved() {
        return unsaved.isEmpty();
    }

    /** Saves, soon, what is known by now. To be called when the engine has synced all of that. */
    void save() {
        Map<MapId, byte[]> records = new TreeMap<>();
        synchronized (this) {
            unsaved.forEach(map -> records.put(map, encode(of(map))));
            unsaved.clear();
        }
        if (!records.isEmpty()) {
            storeAccess.accept(store -> save(store, records));
        }
    }

    private void save(NodeStore store, Map<MapId, byte[]> records) {
        try {
            records.forEach((map, bytes) -> store.saveRecord(name(map), bytes));
        } catch (NodeStoreException e) {
            LOG.warn("What was fetched cannot be saved: after a restart it would be fetched again", e);
            synchronized (this) {
                unsaved.addAll(records.keySet());
            }
        }
    }

    private byte[] encode(BitSet known) {
        byte[] bytes = known.toByteArray();
        return new ByteWriter(1 + 2 * Long.BYTES + Integer.BYTES + bytes.length)
                .putByte(VERSION)
                .putLong(epoch.lineage())
                .putLong(epoch.number())
                .putSizedBytes(bytes)
                .toBytes();
    }
}
