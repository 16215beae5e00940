package io.kvmesh.repair;

import io.kvmesh.api.KvException;
import io.kvmesh.api.StoreClosedException;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.Ring;
import io.kvmesh.ring.RingState;
import java.util.BitSet;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives up partitions that the ring does not give to this member any more, or never did: hands over to their replicas
 * what is stored of them here, then drops it. Guarded by its own monitor; the work is done on the compaction lane, one
 * partition after the other.
 *
 * <ol>
 *   <li>With every new state of the ring, and now and then, look of which such partitions anything is stored. That is
 *       all there is to remember, so a restart goes on where it was.
 *   <li>Hand over one after the other, see {@link HandOver}. While the ring is switched but still written to as before,
 *       those that this member is about to lose are handed over, too, and dropped when the change is over.
 *   <li>Drop at once all that were handed over, if the ring has not given them to this member meanwhile.
 *   <li>What could not be handed over is tried again after a pause.
 * </ol>
 *
 * What is gained is not dropped: before a member takes over a state of the ring that gives it partitions, it asks this
 * to {@link #makeWay}.
 */
public final class GivingUp {
    private static final Logger LOG = LoggerFactory.getLogger(GivingUp.class);
    private static final long RETRY_NANOS_MIN = TimeUnit.SECONDS.toNanos(2);
    private static final long RETRY_NANOS_MAX = TimeUnit.SECONDS.toNanos(30);
    private static final long LOOK_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final RepairSeams seams;
    private final RepairHistory history;
    private final Supplier<HandOver.Origin> origin;
    private final Runnable onNothingLeft;
    /** What was handed over and is still stored. */
    private final BitSet handed = new BitSet();
    /** What all replicas have that were alive, while others were not. */
    private final BitSet offered = new BitSet();

    private int aliveCount;
    private @Nullable RingEpoch offeredAt;
    /** What the present pass is still to hand over. */
    private BitSet toHand = new BitSet();

    private boolean busy;
    /** Whether the ring changed since the pass began that is under way. */
    private boolean again;

    private boolean dropping;
    private boolean closed;
    /** Looks that were planned before the last one have no effect. */
    private long lastLook;

    private long retryNanos = RETRY_NANOS_MIN;
    private @Nullable RingEpoch viewedAt;
    /** The state of the ring under which a look found nothing. */
    private @Nullable RingEpoch nothingLeftAt;
    /** The state of the ring under which nothing may be dropped, since the next one may give something. */
    private @Nullable RingEpoch wayMadeAt;

    private long pushed;
    private long withheld;
    /** Why something could not be given up in this pass, and in the one before. */
    private @Nullable String obstacle;

    private @Nullable String lastObstacle;

    /**
     * @param origin where this member has from what it gives up
     * @param onNothingLeft told in the background, whenever a look found nothing that is to be given up
     */
    public GivingUp(
            RepairSeams seams, RepairHistory history, Supplier<HandOver.Origin> origin, Runnable onNothingLeft) {
        this.seams = seams;
        this.history = history;
        this.origin = origin;
        this.onNothingLeft = onNothingLeft;
    }

    /** Looks for something to give up if the ring changed. To be called for every view, after it was published. */
    public void onView(ClusterView current) {
        synchronized (this) {
            if (current.epoch().equals(viewedAt)) {
                return;
            }
            viewedAt = current.epoch();
            retryNanos = RETRY_NANOS_MIN;
            // What is written from here on was not handed over.
            handed.andNot(keptBy(current));
        }
        lookAfter(0);
    }

    /** Ends all that is under way. */
    public synchronized void close() {
        closed = true;
    }

    /**
     * Whether it is certain that nothing is stored here that a state of the ring does not give to this member. Reads no
     * disk.
     */
    public boolean isNothingLeft(RingEpoch state) {
        if (seams.engine().maps().isEmpty()) {
            return true;
        }
        synchronized (this) {
            return state.equals(nothingLeftAt);
        }
    }

    /**
     * Nothing is dropped from here on until there is another view.
     *
     * @return false if something is being dropped; then this is to be called again
     */
    public synchronized boolean makeWay() {
        wayMadeAt = seams.view().get().epoch();
        return !dropping;
    }

    /** What is being given up, for people; empty if nothing is. */
    public synchronized Optional<String> progress() {
        int left = handed.cardinality() + toHand.cardinality();
        if (closed || (left == 0 && lastObstacle == null)) {
            return Optional.empty();
        }
        String reason = lastObstacle == null ? "" : "; it waits: " + lastObstacle;
        return Optional.of("giving up partitions, " + toHand.cardinality() + " to hand over and " + handed.cardinality()
                + " to drop, " + pushed + " cells that others lacked and " + withheld
                + " withheld so far" + reason);
    }

    private void lookAfter(long delayNanos) {
        long look;
        synchronized (this) {
            look = ++lastLook;
        }
        seams.later(delayNanos, () -> {
            if (begins(look)) {
                attempt(this::look);
            }
        });
    }

    private synchronized boolean begins(long look) {
        if (closed || look != lastLook) {
            return false;
        }
        again = busy;
        boolean begins = !busy;
        busy = true;
        return begins;
    }

    private void attempt(Runnable step) {
        try {
            step.run();
        } catch (StoreClosedException e) {
            LOG.debug("The giving up of partitions ends with the store", e);
            close();
        } catch (KvException e) {
            hindered(String.valueOf(e.getMessage()));
            endPass();
        }
    }

    private synchronized void hindered(String reason) {
        obstacle = reason;
    }

    private void look() {
        ClusterView view = seams.view().get();
        if (view.ring().members().isEmpty()) {
            endPass();
            return;
        }
        forgetOffers(view);
        BitSet strange = keptBy(view);
        strange.flip(0, view.ring().partitioner().partitions());
        StoredPartitions.find(seams, strange, found -> attempt(() -> onFound(view, found)), reason -> {
            hindered(reason);
            endPass();
        });
    }

    /** Others are there by now, or replicas. */
    private synchronized void forgetOffers(ClusterView view) {
        if (view.aliveCount() != aliveCount || !view.epoch().equals(offeredAt)) {
            aliveCount = view.aliveCount();
            offeredAt = view.epoch();
            offered.clear();
        }
    }

    /** What a ring gives to this member, whatever has to be done for it yet. What it is losing is not of these. */
    private static BitSet keptBy(ClusterView view) {
        RingState state = view.ringState();
        boolean gains = state != null && state.phase() == RingState.Phase.STREAMING;
        Ring other = view.otherRing();
        BitSet kept = new BitSet();
        for (int partition = 0; partition < view.ring().partitioner().partitions(); partition++) {
            boolean has = view.ring().replicasOf(partition).contains(view.self());
            boolean gets = gains && other != null && other.replicasOf(partition).contains(view.self());
            kept.set(partition, has || gets);
        }
        return kept;
    }

    private void onFound(ClusterView view, BitSet found) {
        synchronized (this) {
            if (!view.epoch().equals(seams.view().get().epoch())) {
                again = true;
            }
            handed.and(found);
            toHand = (BitSet) found.clone();
            toHand.andNot(handed);
            nothingLeftAt = found.isEmpty() ? view.epoch() : null;
        }
        if (found.isEmpty()) {
            endPass();
            onNothingLeft.run();
        } else {
            LOG.info("{} partitions are stored here that the ring gives to others: they are given up", found);
            handNext();
        }
    }

    private void handNext() {
        int partition;
        synchronized (this) {
            if (closed) {
                return;
            }
            partition = toHand.nextSetBit(0);
        }
        if (partition < 0) {
            attempt(this::drop);
            return;
        }
        NodeId absent = absentReplica(partition);
        if (absent == null || isToBeOffered(partition)) {
            HandOver.start(seams, history, partition, origin.get(), result -> handedOver(partition, result));
        } else {
            handedOver(partition, HandOver.Result.failed("member " + absent + " is not alive"));
        }
    }

    /** What comes from another ring is given at once to those who are there, and to all of them when all are. */
    private synchronized boolean isToBeOffered(int partition) {
        return origin.get() == HandOver.Origin.OTHER_RING && !offered.get(partition);
    }

    private @Nullable NodeId absentReplica(int partition) {
        ClusterView view = seams.view().get();
        for (NodeId replica : view.ring().replicasOf(partition)) {
            if (!view.isAlive(replica)) {
                return replica;
            }
        }
        return null;
    }

    private void handedOver(int partition, HandOver.Result result) {
        synchronized (this) {
            toHand.clear(partition);
            pushed += result.pushed();
            withheld += result.withheld();
            if (result.withTheLiving()) {
                offered.set(partition);
            }
            if (result.failure() != null) {
                obstacle = "partition " + partition + ": " + result.failure();
            } else if (!keptBy(seams.view().get()).get(partition)) {
                handed.set(partition);
            }
        }
        if (result.withheld() > 0) {
            LOG.info(
                    "{} cells of partition {} are not handed over: others may have forgotten their deletion",
                    result.withheld(),
                    partition);
        }
        seams.later(() -> attempt(this::handNext));
    }

    private void drop() {
        BitSet dropped = beginDrop();
        try {
            if (!dropped.isEmpty()) {
                seams.engine().dropPartitions(dropped);
                dropped.stream().forEach(partition -> history.forget(partition, partition));
                LOG.info("The partitions {} were handed over and are dropped", dropped);
            }
        } finally {
            synchronized (this) {
                dropping = false;
            }
        }
        synchronized (this) {
            handed.andNot(dropped);
            // To see that nothing came meanwhile.
            again |= !dropped.isEmpty();
        }
        endPass();
    }

    private synchronized BitSet beginDrop() {
        ClusterView view = seams.view().get();
        BitSet dropped = new BitSet();
        if (view.epoch().equals(wayMadeAt)) {
            return dropped;
        }
        dropped.or(handed);
        handed.stream()
                .filter(partition -> Replicas.holds(view, view.self(), partition))
                .forEach(dropped::clear);
        dropping = !dropped.isEmpty();
        return dropped;
    }

    private void endPass() {
        long pauseNanos;
        synchronized (this) {
            boolean waits = obstacle != null || !handed.isEmpty();
            if (obstacle != null && !obstacle.equals(lastObstacle)) {
                LOG.info("Partitions cannot be given up yet: {}", obstacle);
            }
            lastObstacle = obstacle;
            obstacle = null;
            pauseNanos = waits ? retryNanos : LOOK_NANOS;
            retryNanos = waits ? Math.min(RETRY_NANOS_MAX, 2 * retryNanos) : RETRY_NANOS_MIN;
            if (again) {
                pauseNanos = 0;
            }
            again = false;
            busy = false;
        }
        lookAfter(pauseNanos);
    }
}
