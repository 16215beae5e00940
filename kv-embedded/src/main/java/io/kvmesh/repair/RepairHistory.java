package io.kvmesh.repair;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.MapId;
import java.util.Collection;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When each partition of each map was last compared by all its replicas, as far as this member was told. Safe for any
 * thread; the node store is used on the control lane only.
 *
 * <p>A time is saved soon after it is known, and not waited for: one that is lost is an earlier one again, and then
 * deletions are remembered for longer and a partition is compared once more.
 */
public final class RepairHistory {
    private static final Logger LOG = LoggerFactory.getLogger(RepairHistory.class);
    /** The time of a partition that was never compared. */
    static final long NEVER = 0;

    private static final int VERSION = 1;
    /** So many partitions share a record, which is written as a whole. */
    private static final int BLOCK_PARTITIONS = 256;

    private final int partitions;
    private final long gcGraceMicros;
    private final Consumer<Consumer<NodeStore>> storeAccess;
    private final Map<MapId, AtomicLongArray> begins = new ConcurrentHashMap<>();
    /** The names of records that are not saved. Guarded by itself. */
    private final TreeSet<Block> unsaved = new TreeSet<>();

    /**
     * @param storeAccess runs something with the node store on the control lane, soon; never again when the store is
     *     closed
     */
    public RepairHistory(int partitions, long gcGraceMicros, Consumer<Consumer<NodeStore>> storeAccess) {
        this.partitions = partitions;
        this.gcGraceMicros = gcGraceMicros;
        this.storeAccess = storeAccess;
    }

    private record Block(MapId map, int number) implements Comparable<Block> {
        @Override
        public int compareTo(Block other) {
            int byMap = map.compareTo(other.map);
            return byMap != 0 ? byMap : Integer.compare(number, other.number);
        }

        String name() {
            return "repair." + map + "." + number;
        }
    }

    /** Reads what was saved of some maps. On the control lane. */
    void load(NodeStore store, Collection<MapDescriptor> maps) {
        for (MapDescriptor map : maps) {
            for (int number = 0; number * BLOCK_PARTITIONS < partitions; number++) {
                load(store, new Block(map.id(), number));
            }
        }
    }

    private void load(NodeStore store, Block block) {
        try {
            store.record(block.name()).ifPresent(bytes -> decode(block, bytes));
        } catch (NodeStoreException e) {
            LOG.warn("The record {} cannot be read: these partitions count as never compared", block.name(), e);
        }
    }

    private void decode(Block block, byte[] bytes) {
        try {
            ByteReader reader = new ByteReader(bytes);
            int version = reader.readUnsignedByte();
            if (version != VERSION) {
                throw new MalformedBytesException("version " + version + " is not " + VERSION);
            }
            int first = block.number() * BLOCK_PARTITIONS;
            for (int i = 0; i < Math.min(BLOCK_PARTITIONS, partitions - first); i++) {
                raise(block.map(), first + i, reader.readLong());
            }
        } catch (MalformedBytesException e) {
            LOG.warn("The record {} cannot be read: these partitions count as never compared", block.name(), e);
        }
    }

    private byte[] encode(Block block) {
        int first = block.number() * BLOCK_PARTITIONS;
        ByteWriter writer = new ByteWriter(1 + BLOCK_PARTITIONS * Long.BYTES).putByte(VERSION);
        for (int i = 0; i < Math.min(BLOCK_PARTITIONS, partitions - first); i++) {
            writer.putLong(lastBeginMicros(block.map(), first + i));
        }
        return writer.toBytes();
    }

    /** All replicas of a partition have compared themselves since this wall time. */
    void mark(MapId map, int partition, long beginMicros) {
        if (raise(map, partition, beginMicros)) {
            markUnsaved(new Block(map, partition / BLOCK_PARTITIONS));
        }
    }

    private void markUnsaved(Block block) {
        synchronized (unsaved) {
            unsaved.add(block);
        }
        storeAccess.accept(this::save);
    }

    private boolean raise(MapId map, int partition, long beginMicros) {
        AtomicLongArray times = begins.computeIfAbsent(map, absent -> new AtomicLongArray(partitions));
        return times.getAndAccumulate(partition, beginMicros, Math::max) < beginMicros;
    }

    private void save(NodeStore store) {
        while (true) {
            Block block;
            synchronized (unsaved) {
                if (unsaved.isEmpty()) {
                    return;
                }
                // Taken out before it is read: what changes from here on is saved again.
                block = unsaved.first();
                unsaved.remove(block);
            }
            try {
                store.saveRecord(block.name(), encode(block));
            } catch (NodeStoreException e) {
                LOG.warn("When partitions were compared cannot be saved; it is tried again with the next one", e);
                synchronized (unsaved) {
                    unsaved.add(block);
                }
                return;
            }
        }
    }

    /** When the last comparison began in which all replicas took part; {@link #NEVER} if that is not known. */
    long lastBeginMicros(MapId map, int partition) {
        AtomicLongArray times = begins.get(map);
        return times == null ? NEVER : times.get(partition);
    }

    /**
     * The stamp below which deletions of a partition may be forgotten: those that were older than gc grace when a
     * comparison of all replicas began. {@link Long#MIN_VALUE} if there was none.
     */
    public long repairedUntilMicros(MapId map, int partition) {
        long beginMicros = lastBeginMicros(map, partition);
        return beginMicros == NEVER ? Long.MIN_VALUE : beginMicros - gcGraceMicros;
    }

    /** The partition is not held any more, and one day it may be held anew: then it was never compared. */
    public void forget(int firstPartition, int lastPartition) {
        begins.forEach((map, times) -> {
            for (int partition = firstPartition; partition <= lastPartition; partition++) {
                if (times.getAndSet(partition, NEVER) != NEVER) {
                    markUnsaved(new Block(map, partition / BLOCK_PARTITIONS));
                }
            }
        });
    }
}
