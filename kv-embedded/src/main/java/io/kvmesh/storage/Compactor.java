package io.kvmesh.storage;

import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.StoreClosedException;
import io.kvmesh.model.KeySpan;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.storage.compaction.CompactionPick;
import io.kvmesh.storage.compaction.CompactionPicker;
import io.kvmesh.storage.compaction.PurgeLimits;
import io.kvmesh.storage.compaction.TableFacts;
import io.kvmesh.storage.sstable.BlockCache;
import io.kvmesh.storage.sstable.TableProperties;
import io.kvmesh.storage.sstable.TableReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Merges tables in the background, on the compaction lane. Safe for any thread.
 *
 * <ol>
 *   <li>The picker chooses tables that no running merge has; their bytes must fit the disk once more.
 *   <li>The merge goes on in steps, so that other work of the lane comes between, and with pauses if it is to be slow.
 *   <li>One edit of the manifest takes the outputs in and the inputs out; then readers find the outputs, and the files
 *       of the inputs are deleted when the last reader has finished.
 * </ol>
 *
 * A merge that fails loses nothing: its outputs are deleted, and it is tried again later. One that met damage leaves
 * the damaged table alone from then on.
 */
final class Compactor {
    private static final Logger LOG = LoggerFactory.getLogger(Compactor.class);
    private static final long STEP_BYTES_MAX = 1L << 20;
    private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final FileSystem files;
    private final Clock clock;
    private final Scheduler scheduler;
    private final StorageConfig config;
    private final TableFiles tableFiles;
    private final Quarantine quarantine;
    private final BlockCache cache;
    private final Manifest manifest;
    private final MapRegistry maps;
    private final ReadOnlyLatch latch;
    private final ReentrantLock appendLock;
    private final CompactionCounts counts = new CompactionCounts();
    private final CompactionPressure pressure = new CompactionPressure();
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private volatile RepairedUntil repairedUntil = RepairedUntil.NEVER;
    private volatile @Nullable String blockedReason;
    private volatile boolean closing;

    /** One drop of partitions, or rewriting of a table, after the other, lest they give up each other's merges. */
    private final ReentrantLock dropLock = new ReentrantLock();

    /** Guards what follows. Taken before the manifest and the append lock; never held during a step. */
    private final Object monitor = new Object();

    private final Set<Running> running = new HashSet<>();
    private final Set<Long> busy = new HashSet<>();
    /** Tables that were rewritten alone and stayed as they were, with the time of it. */
    private final Map<Long, Long> inVainMicros = new HashMap<>();

    Compactor(
            FileSystem files,
            Clock clock,
            Scheduler scheduler,
            StorageConfig config,
            BlockCache cache,
            Manifest manifest,
            MapRegistry maps,
            ReadOnlyLatch latch,
            ReentrantLock appendLock) {
        this.files = files;
        this.clock = clock;
        this.scheduler = scheduler;
        this.config = config;
        this.tableFiles = TableFiles.in(config.directory());
        this.quarantine = new Quarantine(files, config.directory());
        this.cache = cache;
        this.manifest = manifest;
        this.maps = maps;
        this.latch = latch;
        this.appendLock = appendLock;
    }

    /** A merge and the lock that its steps and its end take. */
    private static final class Running {
        final CompactionJob job;
        final ReentrantLock lock = new ReentrantLock();
        /** Guarded by the lock. */
        boolean ended;

        Running(CompactionJob job) {
            this.job = job;
        }
    }

    void repairedUntil(RepairedUntil source) {
        repairedUntil = source;
    }

    CompactionCounts counts() {
        return counts;
    }

    CompactionPressure pressure() {
        return pressure;
    }

    /** Why merges that are due do not run; null if nothing keeps them. */
    @Nullable
    String blockedReason() {
        return blockedReason;
    }

    /** Sees to it that merges that are due begin soon. */
    void schedule() {
        int overlap = 0;
        for (MapStore map : maps.all()) {
            overlap = Math.max(overlap, pickerOf(map).overlap(factsOf(map)));
        }
        pressure.overlappingTables(overlap);
        if (!closing && scheduled.compareAndSet(false, true)) {
            offer(0, this::begin);
        }
    }

    private void offer(long delayNanos, Runnable task) {
        if (delayNanos > 0 || !scheduler.offer(Lane.COMPACT, task)) {
            scheduler.schedule(Lane.COMPACT, delayNanos, task);
        }
    }

    private void begin() {
        scheduled.set(false);
        if (closing || latch.isClosed()) {
            return;
        }
        List<Running> begun = new ArrayList<>();
        try {
            synchronized (monitor) {
                blockedReason = null;
                for (MapStore map : maps.all()) {
                    beginIn(map, begun);
                }
            }
        } catch (IOException e) {
            retryLater("choosing what to merge", e);
        }
        begun.forEach(each -> offer(0, () -> step(each)));
    }

    private void beginIn(MapStore map, List<Running> begun) throws IOException {
        while (running.size() < CompactionLimits.AT_ONCE) {
            Map<Long, TableReader> free = new HashMap<>();
            List<TableFacts> facts = new ArrayList<>();
            for (TableReader table : map.view().tables()) {
                facts.add(factsOf(table));
                if (!table.isDamaged() && !busy.contains(table.tableId())) {
                    free.put(table.tableId(), table);
                }
            }
            CompactionPicker picker = pickerOf(map);
            Optional<CompactionPick> pick =
                    picker.pick(facts, free::containsKey, this::isRewritable, limitsOf(map), clock.wallMicros());
            if (pick.isEmpty()) {
                return;
            }
            List<TableReader> inputs =
                    pick.get().tableIds().stream().map(free::get).toList();
            if (!fits(inputs)) {
                return;
            }
            begun.add(begin(map, pick.get(), inputs, picker));
        }
    }

    private Running begin(MapStore map, CompactionPick pick, List<TableReader> inputs, CompactionPicker picker) {
        int shards = picker.shards(inputs.stream().map(Compactor::factsOf).toList());
        return begin(map, pick, inputs, Math.max(1, config.partitions() / shards), DroppedPartitions.NONE);
    }

    /** The caller holds the monitor. */
    private Running begin(
            MapStore map,
            CompactionPick pick,
            List<TableReader> inputs,
            int partitionsOfShard,
            DroppedPartitions dropped) {
        TableSink sink = new TableSink(
                files,
                tableFiles,
                manifest,
                cache,
                map.tableOptions(),
                map.descriptor().id());
        Running begun = new Running(new CompactionJob(
                map, pick, inputs, sink, limitsOf(map), clock.wallMicros(), partitionsOfShard, dropped));
        running.add(begun);
        busy.addAll(pick.tableIds());
        return begun;
    }

    private boolean isRewritable(long tableId) {
        Long triedMicros = inVainMicros.get(tableId);
        return triedMicros == null
                || clock.wallMicros() - triedMicros > config.limits().gcGraceMicros();
    }

    /** Whether these can be written once more, and the log and memtables still have room. */
    boolean fits(List<TableReader> inputs) throws IOException {
        long bytes = inputs.stream().mapToLong(TableReader::sizeBytes).sum();
        long reserveBytes = 2L * config.logSegmentBytes() + config.memtableBytes();
        long usableBytes = files.usableBytes(tableFiles.directory());
        if (bytes + reserveBytes > usableBytes) {
            blockedReason = "merging tables of " + bytes + " bytes needs as much free space again and " + reserveBytes
                    + " for writes, but only " + usableBytes + " are left";
            offer(RETRY_NANOS, this::schedule);
            return false;
        }
        return true;
    }

    CompactionPicker pickerOf(MapStore map) {
        return new CompactionPicker(config.limits().optionsOf(map.policy()), config.partitions());
    }

    /** Deletions are remembered for gc grace, and until all replicas have them. */
    private PurgeLimits limitsOf(MapStore map) {
        long graceOverMicros = clock.wallMicros() - config.limits().gcGraceMicros();
        return (first, last) -> Math.min(
                graceOverMicros,
                repairedUntil.repairedUntilMicros(map.descriptor().id(), first, last));
    }

    private static List<TableFacts> factsOf(MapStore map) {
        return map.view().tables().stream().map(Compactor::factsOf).toList();
    }

    static TableFacts factsOf(TableReader table) {
        TableProperties properties = table.properties();
        return new TableFacts(
                table.tableId(),
                properties.first().partition(),
                properties.last().partition(),
                table.sizeBytes(),
                properties.records(),
                properties.tombstones(),
                properties.timestampMicrosMin(),
                properties.timestampMicrosMax(),
                properties.expiryMicrosMax());
    }

    private void step(Running merge) {
        merge.lock.lock();
        try {
            if (merge.ended) {
                return;
            }
            if (closing || latch.isClosed()) {
                end(merge, new IOException("the store is being closed"));
                return;
            }
            long beganNanos = clock.monotonicNanos();
            long bytes = merge.job.step(Math.min(STEP_BYTES_MAX, config.memtableBytes()));
            if (bytes > 0) {
                offer(pauseNanos(bytes, clock.monotonicNanos() - beganNanos), () -> step(merge));
                return;
            }
            replace(merge);
            end(merge, null);
        } catch (CorruptDataException e) {
            // The table is marked, so that the same is not tried again.
            LOG.warn("Merging {} of map '{}' met damage", inputsOf(merge), nameOf(merge), e);
            end(merge, e);
        } catch (IOException | RuntimeException e) {
            end(merge, e);
            if (!latch.isClosed()) {
                retryLater("merging " + inputsOf(merge) + " of map '" + nameOf(merge) + "'", e);
            }
        } finally {
            merge.lock.unlock();
        }
    }

    private static Collection<TableReader> inputsOf(Running merge) {
        return merge.job.inputs();
    }

    private static String nameOf(Running merge) {
        return merge.job.map().descriptor().name();
    }

    private long pauseNanos(long bytes, long tookNanos) {
        long perSecond = config.limits().bytesPerSecond();
        if (perSecond == 0) {
            return 0;
        }
        long dueNanos = (long) ((double) bytes * TimeUnit.SECONDS.toNanos(1) / perSecond);
        return Math.max(0, dueNanos - tookNanos);
    }

    private void retryLater(String what, Exception failure) {
        counts.failed.increment();
        blockedReason = what + " failed: " + failure;
        LOG.warn("{} failed and is tried again in {} s", what, TimeUnit.NANOSECONDS.toSeconds(RETRY_NANOS), failure);
        scheduler.schedule(Lane.COMPACT, RETRY_NANOS, this::schedule);
    }

    /** Lets the outputs take the place of the inputs. */
    private List<TableReader> replace(Running merge) throws IOException {
        CompactionJob job = merge.job;
        List<TableReader> outputs = job.finish();
        List<LostTable> unreadable = unreadableOf(job);
        boolean stated = false;
        try {
            manifest.edit(itemsOf(job, outputs, unreadable));
            stated = true;
        } catch (IOException e) {
            throw latch.close("recording merged tables in the manifest", e);
        } finally {
            if (!stated) {
                // The files stay: whether the manifest has them is not known.
                outputs.forEach(TableReader::release);
            }
        }
        appendLock.lock();
        try {
            job.map().compacted(job.inputs(), outputs, unreadable);
        } finally {
            appendLock.unlock();
        }
        for (TableReader input : job.inputs()) {
            boolean isPutAside = !unreadable.isEmpty();
            input.releaseThen(() -> {
                if (isPutAside) {
                    quarantine.take(tableFiles.table(input.tableId()));
                } else {
                    delete(input.tableId());
                }
            });
        }
        count(job, outputs);
        return outputs;
    }

    /** What stays lost of a damaged table: one that takes its place, so that its repair goes on. */
    private List<LostTable> unreadableOf(CompactionJob job) {
        List<KeySpan> spans = job.unreadable();
        if (spans.isEmpty()) {
            return List.of();
        }
        TableReader damaged = job.inputs().iterator().next();
        String reason = Objects.requireNonNullElse(damaged.damage(), "SSTable " + damaged + " is damaged");
        LostTable lost = new LostTable(
                job.map().descriptor().id(),
                manifest.takeTableId(),
                spans,
                damaged.properties().timestampMicrosMax(),
                reason);
        LOG.warn("SSTable {} was rewritten without dropped partitions; what of others cannot be read is lost", damaged);
        return List.of(lost);
    }

    private void count(CompactionJob job, List<TableReader> outputs) {
        counts.finished.increment();
        counts.bytesRead.add(job.inputBytes());
        counts.bytesWritten.add(job.bytesWritten());
        counts.recordsForgotten.add(job.recordsForgotten());
        boolean alone = job.pick().reason() == CompactionPick.Reason.DROPPABLE;
        synchronized (monitor) {
            job.inputs().forEach(input -> inVainMicros.remove(input.tableId()));
            if (alone) {
                // Also when something was dropped: the rest has to grow old first.
                outputs.forEach(output -> inVainMicros.put(output.tableId(), clock.wallMicros()));
            }
        }
    }

    private static List<ManifestItem> itemsOf(
            CompactionJob job, List<TableReader> outputs, List<LostTable> unreadable) {
        List<ManifestItem> items = new ArrayList<>();
        for (TableReader output : outputs) {
            items.addAll(ManifestItem.added(output));
        }
        unreadable.forEach(lost -> items.add(new ManifestItem.KeysLost(lost)));
        job.inputs().forEach(input -> items.add(new ManifestItem.TableRemoved(input.tableId())));
        return items;
    }

    /** A file that stays is not named by the manifest, and is deleted when the directory is opened again. */
    private void delete(long tableId) {
        try {
            files.delete(tableFiles.table(tableId));
        } catch (IOException e) {
            LOG.warn("The merged table {} could not be deleted", tableFiles.table(tableId), e);
        }
    }

    /** The caller holds the merge's lock. */
    private void end(Running merge, @Nullable Exception failure) {
        merge.ended = true;
        merge.job.close();
        if (failure != null && !latch.isClosed()) {
            merge.job.discard(failure);
        }
        synchronized (monitor) {
            running.remove(merge);
            merge.job.pick().tableIds().forEach(busy::remove);
        }
        if (failure == null || failure instanceof CorruptDataException) {
            schedule();
        }
    }

    /**
     * Removes what tables have of some partitions, in the calling thread. A table that has other partitions, too, is
     * rewritten; merges that are under way and meet them are given up. What cannot be read of a damaged table is
     * dropped with its partitions, or else lost from then on, as it was before.
     */
    void drop(DroppedPartitions dropped) throws IOException {
        dropLock.lock();
        try {
            Set<Long> clean = new HashSet<>();
            for (MapStore map : maps.all()) {
                for (Running removal = nextRemoval(map, dropped, clean);
                        removal != null;
                        removal = nextRemoval(map, dropped, clean)) {
                    clean.addAll(remove(removal));
                }
            }
        } finally {
            dropLock.unlock();
            schedule();
        }
    }

    /** As {@link #run}; of a table in which damage is met it takes another attempt, which expects that. */
    private List<Long> remove(Running removal) throws IOException {
        TableReader table = removal.job.inputs().iterator().next();
        boolean wasDamaged = table.isDamaged();
        try {
            return run(removal);
        } catch (CorruptDataException e) {
            if (wasDamaged || !table.isDamaged()) {
                throw e;
            }
            LOG.warn("Dropping partitions of map '{}' met damage", nameOf(removal), e);
            return List.of();
        }
    }

    /** @param clean tables that may reach over them, and have nothing of them */
    private @Nullable Running nextRemoval(MapStore map, DroppedPartitions dropped, Set<Long> clean) throws IOException {
        while (true) {
            Running inTheWay = null;
            synchronized (monitor) {
                Optional<TableReader> touched = map.view().tables().stream()
                        .filter(table -> dropped.touches(table) && !clean.contains(table.tableId()))
                        .findFirst();
                if (touched.isEmpty()) {
                    return null;
                }
                List<TableReader> inputs = List.of(touched.get());
                long tableId = inputs.get(0).tableId();
                if (!busy.contains(tableId)) {
                    CompactionPick pick = new CompactionPick(CompactionPick.Reason.DROPPED, List.of(tableId));
                    return begin(map, pick, inputs, config.partitions(), dropped);
                }
                for (Running each : running) {
                    inTheWay = each.job.pick().tableIds().contains(tableId) ? each : inTheWay;
                }
            }
            giveUp(Objects.requireNonNull(inTheWay, "a busy table is being merged"), "partitions are dropped");
        }
    }

    /** The tables that took the place of the inputs; none if somebody gave the merge up. */
    private List<Long> run(Running merge) throws IOException {
        merge.lock.lock();
        try {
            while (!merge.ended && merge.job.step(STEP_BYTES_MAX) > 0) {
                if (closing) {
                    throw new StoreClosedException("the store was closed while partitions were dropped");
                }
            }
            List<Long> outputs = new ArrayList<>();
            if (!merge.ended) {
                replace(merge).forEach(output -> outputs.add(output.tableId()));
                end(merge, null);
            }
            return outputs;
        } catch (IOException | RuntimeException e) {
            end(merge, e);
            throw e;
        } finally {
            merge.lock.unlock();
        }
    }

    private void giveUp(Running merge, String reason) {
        merge.lock.lock();
        try {
            if (!merge.ended) {
                end(merge, new IOException(reason));
            }
        } finally {
            merge.lock.unlock();
        }
    }

    /** Rewrites one table in the calling thread. */
    @FunctionalInterface
    interface Rewriting {
        boolean run() throws IOException;
    }

    /** Keeps merges and drops away from a table meanwhile. Returns false, too, if a merge has it. */
    boolean exclusively(TableReader table, Rewriting rewriting) throws IOException {
        dropLock.lock();
        try {
            synchronized (monitor) {
                if (!busy.add(table.tableId())) {
                    return false;
                }
            }
            try {
                return rewriting.run();
            } finally {
                synchronized (monitor) {
                    busy.remove(table.tableId());
                }
            }
        } finally {
            dropLock.unlock();
            schedule();
        }
    }

    /** The bytes of merges that are due, running ones included. */
    long pendingBytes() {
        long bytes = 0;
        for (MapStore map : maps.all()) {
            bytes += pickerOf(map).pendingBytes(factsOf(map));
        }
        return bytes;
    }

    /** Whether no merge runs, and none is due. */
    boolean isSettled() {
        synchronized (monitor) {
            return running.isEmpty() && !scheduled.get() && pendingBytes() == 0;
        }
    }

    /** Ends running merges without their outputs; later ones do not begin. */
    void close() {
        closing = true;
        List<Running> ending;
        synchronized (monitor) {
            ending = new ArrayList<>(running);
        }
        ending.forEach(merge -> giveUp(merge, "the store is being closed"));
    }
}
