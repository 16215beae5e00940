package io.kvmesh.repair;

import io.kvmesh.api.KvException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.NodeStoreException;
import io.kvmesh.model.NodeId;
import io.kvmesh.replica.RingFence;
import io.kvmesh.runtime.Lane;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a member that was away for longer than gc grace from answering reads until it has what it missed. Guarded by
 * its own monitor; the node store is used on the control lane, and before that by the thread that starts the member.
 *
 * <ol>
 *   <li>While it runs, a member notes now and then in its node store that it does.
 *   <li>When it starts and the last note is older than gc grace, or it was a member and there is none, since it comes
 *       from a backup, it refuses reads. It takes writes, and part in comparisons, from the beginning, so that members
 *       that were all away do not wait for each other.
 *   <li>Each partition of each map is compared with the other replicas that are alive, of which there must be so many
 *       that they know what a quorum acknowledged without this member.
 *   <li>Then it answers reads, and only then it notes again: after a restart it would begin anew.
 * </ol>
 */
public final class Rebuild {
    private static final Logger LOG = LoggerFactory.getLogger(Rebuild.class);
    private static final String RECORD = "last-ran";
    private static final int VERSION = 1;
    static final long NOTE_NANOS_MAX = TimeUnit.MINUTES.toNanos(1);
    /** Of gc grace: a note must not be old although the member runs. */
    private static final int NOTES_IN_GRACE = 4;

    private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final RepairSeams seams;
    private final RepairHistory history;
    private final RingFence fence;
    private final long gcGraceMicros;
    private final Consumer<Consumer<NodeStore>> storeAccess;
    private final RepairTargets targets;
    private final TreeSet<RepairTarget> compared = new TreeSet<>();
    /** Those that could not be compared have their next turn after all others. */
    private final TreeSet<RepairTarget> failed = new TreeSet<>();

    private boolean rebuilding;
    private boolean closed;
    private int left;
    private @Nullable String obstacle;

    /**
     * @param storeAccess runs something with the node store on the control lane, soon; never again when the store is
     *     closed
     */
    public Rebuild(
            RepairSeams seams,
            RepairHistory history,
            RingFence fence,
            long gcGraceMicros,
            Consumer<Consumer<NodeStore>> storeAccess) {
        this.seams = seams;
        this.history = history;
        this.fence = fence;
        this.gcGraceMicros = gcGraceMicros;
        this.storeAccess = storeAccess;
        this.targets = new RepairTargets(seams, history, 1);
    }

    /**
     * Looks when this member ran last. To be called before it takes up its place in the ring.
     *
     * @param wasMember whether it was in a ring before
     * @throws NodeStoreException if the store cannot be read or written
     */
    public void open(NodeStore store, boolean wasMember) {
        long nowMicros = seams.clock().wallMicros();
        long lastMicros = store.record(RECORD).map(this::decode).orElse(Long.MIN_VALUE);
        boolean isLong = lastMicros == Long.MIN_VALUE || nowMicros - lastMicros > gcGraceMicros;
        if (wasMember && isLong) {
            LOG.warn("This member was away for longer than gc grace, or comes from a backup: it answers no reads until"
                    + " it is compared with other replicas");
            fence.holdReads();
            synchronized (this) {
                rebuilding = true;
            }
        } else {
            store.saveRecord(RECORD, encode(nowMicros));
        }
    }

    private long decode(byte[] bytes) {
        try {
            ByteReader reader = new ByteReader(bytes);
            int version = reader.readUnsignedByte();
            if (version != VERSION) {
                throw new MalformedBytesException("version " + version + " is not " + VERSION);
            }
            return reader.readLong();
        } catch (MalformedBytesException e) {
            LOG.warn("The record {} cannot be read: this member counts as long away", RECORD, e);
            return Long.MIN_VALUE;
        }
    }

    private static byte[] encode(long micros) {
        return new ByteWriter(1 + Long.BYTES).putByte(VERSION).putLong(micros).toBytes();
    }

    /** Begins to compare, if that is needed, and to take notes. Once, when this member knows its ring. */
    public void start() {
        if (isRebuilding()) {
            seams.later(() -> MapExchange.learn(seams, this::proceed));
        }
        noteLater();
    }

    private void noteLater() {
        long pauseNanos = Math.min(NOTE_NANOS_MAX, TimeUnit.MICROSECONDS.toNanos(gcGraceMicros) / NOTES_IN_GRACE);
        seams.scheduler().schedule(Lane.CONTROL, pauseNanos, () -> {
            if (!isClosed()) {
                storeAccess.accept(this::note);
                noteLater();
            }
        });
    }

    /** Notes that this member runs, unless it still counts as away. On the control lane. */
    public void note(NodeStore store) {
        if (isRebuilding()) {
            return;
        }
        try {
            store.saveRecord(RECORD, encode(seams.clock().wallMicros()));
        } catch (NodeStoreException e) {
            LOG.warn("That this member runs cannot be noted; it is tried again", e);
        }
    }

    /** Ends all that is under way. */
    public synchronized void close() {
        closed = true;
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private synchronized boolean isRebuilding() {
        return rebuilding;
    }

    /** What is still to be compared, for people; empty if this member answers reads. */
    public synchronized Optional<String> progress() {
        if (!rebuilding) {
            return Optional.empty();
        }
        String waits = obstacle == null ? "" : "; it waits: " + obstacle;
        return Optional.of("this member was away for longer than gc grace, or comes from a backup, and answers no reads"
                + " until it is compared with other replicas: " + left + " partitions to go" + waits);
    }

    private void proceed() {
        if (isClosed()) {
            return;
        }
        try {
            compareNext();
        } catch (KvException e) {
            pause("partitions to compare cannot be chosen: " + e.getMessage());
        }
    }

    private void compareNext() {
        ClusterView view = seams.view().get();
        if (view.ringState() == null) {
            pause("this member does not know the ring");
            return;
        }
        List<RepairTarget> held = targets.held(null, null);
        RepairTarget next = null;
        boolean any = false;
        synchronized (this) {
            left = 0;
            for (RepairTarget target : held) {
                if (!compared.contains(target) && !isAlone(view, target.partition())) {
                    left++;
                    boolean eligible = !failed.contains(target) && hasEnough(view, target.partition());
                    next = next == null && eligible ? target : next;
                }
            }
            any = left > 0;
        }
        if (!any) {
            finish();
        } else if (next == null) {
            pause(null);
        } else {
            RepairTarget target = next;
            PartitionRepair.start(
                    seams, history, target.map(), target.partition(), result -> ended(target, result.failure()));
        }
    }

    private static boolean isAlone(ClusterView view, int partition) {
        return Replicas.others(view, partition).isEmpty();
    }

    /** Whether so many others are alive that every quorum without this member has one of them. */
    private static boolean hasEnough(ClusterView view, int partition) {
        List<NodeId> others = Replicas.others(view, partition);
        int replicas = others.size() + 1;
        long alive = others.stream().filter(view::isAlive).count();
        return alive >= Math.max(1, replicas - (replicas / 2 + 1));
    }

    private void ended(RepairTarget target, @Nullable String failure) {
        synchronized (this) {
            if (failure == null) {
                compared.add(target);
                obstacle = null;
            } else {
                failed.add(target);
                obstacle = target + ": " + failure;
            }
        }
        seams.later(this::proceed);
    }

    /** All that is left has failed, or lacks replicas. */
    private void pause(@Nullable String reason) {
        synchronized (this) {
            if (reason != null) {
                obstacle = reason;
            } else if (failed.isEmpty()) {
                obstacle = "too few of the other replicas are alive";
            }
            failed.clear();
        }
        seams.later(PAUSE_NANOS, this::proceed);
    }

    private void finish() {
        synchronized (this) {
            rebuilding = false;
            compared.clear();
        }
        fence.releaseReads();
        storeAccess.accept(this::note);
        LOG.info("This member is compared with other replicas, and answers reads again");
    }
}
