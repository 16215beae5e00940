package io.kvmesh.testkit.bench.storage;

import io.kvmesh.api.Durability;
import io.kvmesh.api.KvConfig;
import io.kvmesh.api.OverloadedException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.Mutation;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.SystemClock;
import io.kvmesh.runtime.ThreadScheduler;
import io.kvmesh.storage.CellCursor;
import io.kvmesh.storage.StorageConfig;
import io.kvmesh.storage.StorageEngine;
import io.kvmesh.storage.record.RecordView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The storage engine of this project, without anything of a member above it. Safe for any thread.
 *
 * <p>The partition in front of a key is taken from the leading bits of the record number, so that the order of the
 * stored keys is that of the records: sequential writes are sequential and a scan is one run, as for other engines.
 */
final class KvMeshEngine implements BenchEngine {
    private static final MapDescriptor MAP = MapDescriptor.of("bench", "bytes", "bytes");
    private static final int PARTITION_BITS = 10;
    private static final Duration SYNC_INTERVAL = Duration.ofMillis(100);
    private static final long REFUSED_PAUSE_NANOS = TimeUnit.MICROSECONDS.toNanos(200);
    private static final long COMPACTION_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final StorageEngine engine;
    private final ThreadScheduler scheduler = new ThreadScheduler("bench");
    private final AtomicLong stamps;
    private final NodeId node;
    private final int partitionShift;

    KvMeshEngine(EngineSettings settings) {
        // Records are numbered from 0; the shift brings the greatest number below the number of partitions.
        partitionShift = Math.max(0, Integer.SIZE - Integer.numberOfLeadingZeros(settings.entries()) - PARTITION_BITS);
        KvConfig config = KvConfig.builder()
                .directory(settings.directory())
                .durability(settings.syncedWrites() ? Durability.SYNC : Durability.PERIODIC)
                .syncInterval(SYNC_INTERVAL)
                .memtableBytes(settings.memtableBytes())
                .blockBytes(EngineSettings.BLOCK_BYTES)
                .blockCacheBytes(EngineSettings.CACHE_BYTES)
                .build();
        SystemClock clock = new SystemClock();
        engine = StorageEngine.open(
                StorageConfig.of(config), new DiskFileSystem(), clock, scheduler, RandomSource.seeded(1));
        engine.createMap(MAP);
        node = engine.nodeId();
        stamps = new AtomicLong(engine.timestampMicrosMax() + 1);
    }

    @Override
    public void put(byte[] key, byte[] value) {
        Mutation mutation = mutation(key, value);
        await(pending -> engine.write(mutation, pending));
    }

    @Override
    public void putBatch(byte[][] keys, byte[][] values) {
        List<Mutation> batch = new ArrayList<>(keys.length);
        for (int i = 0; i < keys.length; i++) {
            batch.add(mutation(keys[i], values[i]));
        }
        await(pending -> engine.writeAll(batch, pending));
    }

    private Mutation mutation(byte[] key, byte[] value) {
        return new Mutation(MAP.id(), storageKey(key), Cell.of(value, new Version(stamps.getAndIncrement(), node)));
    }

    private static void await(Consumer<PendingWrite> write) {
        // An engine whose memtables are all full refuses a write; a caller that has nothing else to do tries again.
        while (!isTaken(write)) {
            LockSupport.parkNanos(REFUSED_PAUSE_NANOS);
        }
    }

    private static boolean isTaken(Consumer<PendingWrite> write) {
        PendingWrite pending = new PendingWrite();
        write.accept(pending);
        try {
            pending.await();
            return true;
        } catch (OverloadedException e) {
            return false;
        }
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        Cell cell = engine.read(MAP.id(), storageKey(key));
        return cell == null || cell.isTombstone() ? null : cell.value();
    }

    @Override
    public long scan(byte[] from, long limit, EntryVisitor visitor) {
        long seen = 0;
        try (CellCursor cursor = engine.scan(MAP.id(), storageKey(from), null)) {
            while (seen < limit && cursor.next()) {
                RecordView record = cursor.record();
                if (!record.isTombstone()) {
                    visitor.entry(
                            record.key(),
                            Key.PARTITION_BYTES,
                            record.keyLength() - Key.PARTITION_BYTES,
                            record.valueArray(),
                            record.valueOffset(),
                            record.valueLength());
                    seen++;
                }
            }
        }
        return seen;
    }

    @Override
    public void flush() {
        engine.flush();
    }

    @Override
    public void settle() {
        engine.flush();
        while (!engine.isCompacted()) {
            LockSupport.parkNanos(COMPACTION_POLL_NANOS);
        }
    }

    @Override
    public long tableBytes() {
        return engine.info().disk().sstableBytes();
    }

    @Override
    public void close() {
        engine.close();
        scheduler.close();
    }

    private Key storageKey(byte[] key) {
        return Key.of((int) (BenchRecords.record(key, 0) >>> partitionShift), key);
    }
}
