package io.kvmesh.repair;

import io.kvmesh.api.KvException;
import io.kvmesh.api.StoreClosedException;
import io.kvmesh.api.StreamInfo;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.KeySpan;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.repair.RepairPlan.Leg;
import io.kvmesh.ring.RingChange;
import io.kvmesh.runtime.Lane;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fetching of all that this member gains by one change of the ring. Guarded by its own monitor; its steps follow
 * each other.
 *
 * <ol>
 *   <li>Ask those who hold the partitions for their maps, and create these here.
 *   <li>Fetch map by map, a few partitions at a time, from the sources that {@link RingChange} names, as fast as the
 *       settings allow. When a source is not there, wait, or take others.
 *   <li>Sync now and then, and remember what was fetched: after a restart only the rest is, see {@link GainProgress}.
 *   <li>Write it all to tables, so that it survives a loss of power, and tell.
 * </ol>
 */
final class GainRun implements MapListExchange.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Bootstrap.class);

    /** What was fetched since is fetched again after a restart. */
    static final long SAVE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Bootstrap bootstrap;
    private final RingEpoch epoch;
    private final long changeNumber;
    private final BitSet wanted;
    private final GainProgress progress;
    private final List<MapDescriptor> maps = new ArrayList<>();
    private int map;
    /** What of the present map is still to be fetched. */
    private BitSet missing = new BitSet();

    private long cells;
    private boolean saved;
    private long savedNanos;
    private @Nullable String obstacle;
    private boolean over;

    GainRun(Bootstrap bootstrap, RingEpoch epoch, long changeNumber, BitSet wanted) {
        this.bootstrap = bootstrap;
        this.epoch = epoch;
        this.changeNumber = changeNumber;
        this.wanted = wanted;
        this.progress = bootstrap.progressOf(epoch);
    }

    long changeNumber() {
        return changeNumber;
    }

    void begin() {
        LOG.info("{} partitions are fetched, for state {} of the ring", wanted.cardinality(), epoch);
        schedule(0, this::askForMaps);
    }

    /** What comes later has no effect any more. */
    synchronized void cancel() {
        over = true;
    }

    private synchronized boolean isOver() {
        return over;
    }

    /** How far it is, for people. */
    Optional<String> progress() {
        return streamProgress().map(known -> "fetching " + wanted.cardinality() + " partitions: " + known);
    }

    /** How far it is; empty if it is over. */
    synchronized Optional<StreamInfo.Progress> streamProgress() {
        return over
                ? Optional.empty()
                : Optional.of(new StreamInfo.Progress(
                        maps.size(),
                        Math.min(map, maps.size()),
                        missing.cardinality(),
                        cells,
                        Optional.ofNullable(obstacle)));
    }

    private void schedule(long delayNanos, Runnable step) {
        bootstrap.scheduler().schedule(Lane.COMPACT, delayNanos, () -> {
            if (!isOver()) {
                attempt(step);
            }
        });
    }

    private void attempt(Runnable step) {
        try {
            step.run();
        } catch (StoreClosedException e) {
            LOG.debug("The fetching of partitions ends with the store", e);
        } catch (KvException e) {
            waitFor(String.valueOf(e.getMessage()), step);
        }
    }

    private void waitFor(String reason, Runnable step) {
        synchronized (this) {
            if (!reason.equals(obstacle)) {
                LOG.info("The fetching of partitions waits: {}", reason);
            }
            obstacle = reason;
        }
        schedule(Bootstrap.PAUSE_NANOS, step);
    }

    private void askForMaps() {
        RingChange change = change();
        if (change == null) {
            return;
        }
        SortedSet<NodeId> sources = new TreeSet<>();
        for (Gain gain : Gain.of(change, wanted, self(), bootstrap::isAvailable)) {
            if (gain.sources() == null) {
                waitFor("too few of those who hold partition " + gain.first() + " are there", this::askForMaps);
                return;
            }
            sources.addAll(gain.sources());
        }
        MapListExchange.start(bootstrap.messenger(), bootstrap.clock(), sources, epoch, this);
    }

    @Override
    public void onFailed(String reason) {
        waitFor(reason, this::askForMaps);
    }

    @Override
    public void onMaps(List<MapDescriptor> all) {
        synchronized (this) {
            maps.clear();
            maps.addAll(all);
        }
        progress.load(all, () -> schedule(0, this::createMaps));
    }

    private void createMaps() {
        maps.forEach(bootstrap.engine()::createMap);
        synchronized (this) {
            map = 0;
            enterMap();
        }
        fetchNext();
    }

    /** The caller holds the monitor. */
    private void enterMap() {
        missing = (BitSet) wanted.clone();
        if (map < maps.size()) {
            missing.andNot(progress.of(maps.get(map).id()));
        }
    }

    private void fetchNext() {
        MapDescriptor current;
        Gain gain;
        synchronized (this) {
            while (missing.isEmpty() && map < maps.size()) {
                map++;
                enterMap();
            }
            if (map >= maps.size()) {
                current = null;
                gain = null;
            } else {
                current = maps.get(map);
                gain = nextGain();
            }
        }
        if (current == null) {
            finish();
        } else if (gain != null && gain.sources() == null) {
            waitFor("too few of those who hold partition " + gain.first() + " are there", this::fetchNext);
        } else if (gain != null) {
            fetch(current, gain);
        }
    }

    /** Null if the change is over. */
    private @Nullable Gain nextGain() {
        RingChange change = change();
        return change == null
                ? null
                : Gain.of(change, missing, self(), bootstrap::isAvailable).get(0);
    }

    private void fetch(MapDescriptor current, Gain gain) {
        List<Leg> legs = new ArrayList<>();
        List<NodeId> sources = gain.sources();
        if (sources != null) {
            KeySpan span = KeySpan.ofPartitions(gain.first(), gain.last());
            sources.forEach(source -> legs.add(new Leg(source, span)));
        }
        Part part = new Part(current, gain);
        RangeFetch fetch = new RangeFetch(
                bootstrap.engine(),
                bootstrap.messenger(),
                bootstrap.clock(),
                bootstrap.scheduler(),
                epoch,
                current,
                legs,
                bootstrap.bytesPerSecondMax(),
                part);
        part.fetch = fetch;
        fetch.proceed();
    }

    /** Some partitions of one map. */
    private final class Part implements RangeFetch.Listener {
        private final MapDescriptor of;
        private final Gain gain;
        private volatile @Nullable RangeFetch fetch;

        Part(MapDescriptor of, Gain gain) {
            this.of = of;
            this.gain = gain;
        }

        @Override
        public void onFetched() {
            RangeFetch fetched = fetch;
            synchronized (GainRun.this) {
                missing.clear(gain.first(), gain.last() + 1);
                cells += fetched == null ? 0 : fetched.cells();
                obstacle = null;
            }
            progress.fetched(of.id(), gain.first(), gain.last());
            schedule(0, GainRun.this::goOnAfterPart);
        }

        @Override
        public void onHeldUp(String reason) {
            waitFor(reason, this::goOn);
        }

        /** Where it stopped, if the same sources are there; else from the beginning, from others. */
        private void goOn() {
            RangeFetch stopped = fetch;
            List<NodeId> sources = gain.sources();
            boolean there = sources != null && sources.stream().allMatch(bootstrap::isAvailable);
            if (there && stopped != null) {
                stopped.proceed();
            } else {
                fetchNext();
            }
        }
    }

    private void goOnAfterPart() {
        long nowNanos = bootstrap.clock().monotonicNanos();
        boolean due;
        synchronized (this) {
            due = !saved || nowNanos - savedNanos >= SAVE_NANOS;
            if (due) {
                saved = true;
                savedNanos = nowNanos;
            }
        }
        if (due) {
            remember();
        }
        fetchNext();
    }

    /** What counts as fetched after a restart must survive whatever ends this run. */
    private void remember() {
        bootstrap.engine().sync();
        progress.save();
    }

    private void finish() {
        bootstrap.engine().flush();
        progress.save();
        long fetched;
        synchronized (this) {
            if (over) {
                return;
            }
            over = true;
            fetched = cells;
        }
        LOG.info("{} partitions with {} cells are fetched", wanted.cardinality(), fetched);
        bootstrap.onStreamed(changeNumber);
    }

    /** The change that this is for; null if it is over, and this with it. */
    private @Nullable RingChange change() {
        ClusterView view = bootstrap.view();
        if (!view.epoch().equals(epoch)) {
            cancel();
            return null;
        }
        return view.ringChange();
    }

    private NodeId self() {
        return bootstrap.view().self();
    }
}
