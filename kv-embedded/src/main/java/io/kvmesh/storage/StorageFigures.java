package io.kvmesh.storage;

import io.kvmesh.api.StorageInfo;
import io.kvmesh.runtime.Clock;
import io.kvmesh.storage.log.CommitLog;
import io.kvmesh.storage.sstable.BlockCache;
import io.kvmesh.storage.sstable.TableReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/** Collects what the engine tells of itself. Safe for any thread. */
final class StorageFigures {
    private final Clock clock;
    private final MapRegistry maps;
    private final CommitLog log;
    private final Flusher flusher;
    private final Compactor compactor;
    private final BlockCache cache;
    private final ReadCounts readCounts;
    private final WriteThrottle throttle;
    private final Damages damages;
    private final ReentrantLock appendLock;
    /** Guarded by the append lock. */
    private long userBytes;
    /** Guarded by the append lock. */
    private long appendedBytes;

    StorageFigures(Clock clock, StorageOpening opening, WriteThrottle throttle, Damages damages) {
        this.clock = clock;
        this.maps = opening.maps;
        this.log = opening.log;
        this.flusher = opening.flusher;
        this.compactor = opening.compactor;
        this.cache = opening.cache;
        this.readCounts = opening.readCounts;
        this.throttle = throttle;
        this.damages = damages;
        this.appendLock = opening.appendLock;
    }

    /** Counts a write that was taken. The caller holds the append lock. */
    void written(long bytesOfUser, int bytesOfLog) {
        userBytes += bytesOfUser;
        appendedBytes += bytesOfLog;
    }

    StorageInfo info() {
        long user;
        long appended;
        long logBytes;
        appendLock.lock();
        try {
            user = userBytes;
            appended = appendedBytes;
            logBytes = log.sizeBytes() + log.spareBytes();
        } finally {
            appendLock.unlock();
        }
        BlockCache.Figures cached = cache.figures();
        StorageInfo.Writes writes = new StorageInfo.Writes(
                user,
                appended,
                flusher.flushes(),
                flusher.flushedBytes(),
                throttle.stalledWrites(),
                throttle.stallNanos());
        return new StorageInfo(disk(logBytes), memory(cached), reads(cached), writes, compactions());
    }

    private StorageInfo.Disk disk(long logBytes) {
        long tables = 0;
        long tableBytes = 0;
        long liveBytesMin = 0;
        List<Integer> perLevel = new ArrayList<>();
        for (MapStore map : maps.all()) {
            LiveBytes live = new LiveBytes(clock.wallMicros(), compactor.pickerOf(map));
            for (TableReader table : map.view().tables()) {
                tables++;
                tableBytes += table.sizeBytes();
                int level = live.add(table);
                while (perLevel.size() <= level) {
                    perLevel.add(0);
                }
                perLevel.set(level, perLevel.get(level) + 1);
            }
            liveBytesMin += live.bytesMin();
        }
        return new StorageInfo.Disk(
                tables,
                perLevel,
                tableBytes,
                liveBytesMin,
                logBytes,
                damages.all().size());
    }

    private StorageInfo.Memory memory(BlockCache.Figures cached) {
        long memtableBytes = 0;
        long bloomFilterBytes = 0;
        for (MapStore map : maps.all()) {
            memtableBytes += map.memtableBytes();
            for (TableReader table : map.view().tables()) {
                bloomFilterBytes += table.bloomFilterBytes();
            }
        }
        return new StorageInfo.Memory(memtableBytes, bloomFilterBytes, cached.sizeBytes());
    }

    private StorageInfo.Reads reads(BlockCache.Figures cached) {
        return new StorageInfo.Reads(
                readCounts.reads(),
                readCounts.bloomChecks(),
                readCounts.bloomFalsePositives(),
                readCounts.tablesSearched(),
                readCounts.blocksSearched(),
                cached.hits(),
                cached.misses());
    }

    private StorageInfo.Compactions compactions() {
        CompactionCounts counts = compactor.counts();
        return new StorageInfo.Compactions(
                counts.finished.sum(),
                counts.failed.sum(),
                counts.bytesRead.sum(),
                counts.bytesWritten.sum(),
                compactor.pendingBytes(),
                Optional.ofNullable(compactor.blockedReason()));
    }
}
