package io.kvmesh.api;

import java.util.List;
import java.util.Optional;

/**
 * What this member's storage engine holds, and what its work took. Immutable; taken at one moment, roughly. Counts and
 * sums are those since the store was opened, of all maps together; a quotient whose divisor is 0 is 0.
 *
 * @param disk what is on the disk
 * @param memory what the engine holds in memory
 * @param reads what looking up keys took
 * @param writes what writes took before tables were merged
 * @param compactions what merging tables took
 */
public record StorageInfo(Disk disk, Memory memory, Reads reads, Writes writes, Compactions compactions) {

    /**
     * How many bytes were written for each byte of a key or value that came in: to the log, by flushes and by merges.
     * Lower with size-tiered than with leveled compaction.
     */
    public double writeAmplification() {
        long written = writes.logBytes() + writes.flushedBytes() + compactions.writtenBytes();
        return quotient(written, writes.userBytes());
    }

    private static double quotient(long dividend, long divisor) {
        return divisor == 0 ? 0 : (double) dividend / divisor;
    }

    /**
     * What is on the disk. Immutable.
     *
     * @param sstableCount SSTables
     * @param sstableCountPerLevel the same; level 0 is where flushes arrive
     * @param sstableBytes their files
     * @param liveBytesMin how many of these hold what a read would find, at least: an SSTable that overlaps a deeper or
     *     larger one is taken for nothing but overwrites of it; tombstones and wholly expired SSTables count nothing
     * @param logBytes the commit log, with segments that wait to be used again
     * @param damagedSstableCount SSTables with keys that cannot be read here, as far as reads and merges have found
     */
    public record Disk(
            long sstableCount,
            List<Integer> sstableCountPerLevel,
            long sstableBytes,
            long liveBytesMin,
            long logBytes,
            long damagedSstableCount) {
        public Disk {
            sstableCountPerLevel = List.copyOf(sstableCountPerLevel);
        }

        /** SSTables and commit log together. */
        public long totalBytes() {
            return sstableBytes + logBytes;
        }

        /**
         * How many bytes SSTables take for each byte that a read would find, at most: 1 when everything is merged.
         * Where keys are written once and never again, the truth is nearer to 1 than this.
         */
        public double spaceAmplificationMax() {
            return quotient(sstableBytes, Math.max(liveBytesMin, 1));
        }
    }

    /**
     * What the engine holds in memory. Immutable.
     *
     * @param memtableBytes keys and values that are not in an SSTable yet
     * @param bloomFilterBytes the bloom filters of all SSTables
     * @param blockCacheBytes blocks of SSTables that were read, up to {@code blockCacheBytes} of the configuration
     */
    public record Memory(long memtableBytes, long bloomFilterBytes, long blockCacheBytes) {}

    /**
     * What looking up keys took; scans have no part in it but in the figures of the cache. Immutable.
     *
     * @param keyCount keys that were looked up, wherever they were found
     * @param bloomCheckCount how often the bloom filter of an SSTable was asked for a key, that of a write among them
     *     whose version is not the newest
     * @param bloomFalsePositiveCount how often it let a key pass that the SSTable does not have
     * @param sstableSearchCount how often an SSTable was searched for a key
     * @param blockSearchCount how many blocks of records these searches looked at; a call for many keys looks at each
     *     once
     * @param cacheHitCount readings of blocks, those of the index among them, that were in the cache
     * @param cacheMissCount readings that had to go to the file; merges, and scans behind their start, do not count
     */
    public record Reads(
            long keyCount,
            long bloomCheckCount,
            long bloomFalsePositiveCount,
            long sstableSearchCount,
            long blockSearchCount,
            long cacheHitCount,
            long cacheMissCount) {

        /**
         * Of the bloom filters asked for a key that their SSTable does not have, the share that let it pass: 0.008 at
         * ten bits for a key.
         */
        public double bloomFalsePositiveRate() {
            long absent = bloomCheckCount - sstableSearchCount + bloomFalsePositiveCount;
            return quotient(bloomFalsePositiveCount, absent);
        }

        /** Of all readings of blocks the share that was in the cache. */
        public double cacheHitRatio() {
            return quotient(cacheHitCount, cacheHitCount + cacheMissCount);
        }

        /** How many SSTables were searched for each key: the read amplification. */
        public double sstablesPerKey() {
            return quotient(sstableSearchCount, keyCount);
        }

        /** How many blocks of records were looked at for each key. */
        public double blocksPerKey() {
            return quotient(blockSearchCount, keyCount);
        }
    }

    /**
     * What writes took before tables were merged. Immutable.
     *
     * @param userBytes keys and values of all writes that were taken, those of replicas for others among them
     * @param logBytes what was appended to the commit log for them
     * @param flushCount memtables that became SSTables
     * @param flushedBytes what these SSTables weigh
     * @param stalledCount how many writes were acknowledged late, to slow writers down while the disk fell behind
     * @param stallNanos how long those were held back, all together
     */
    public record Writes(
            long userBytes, long logBytes, long flushCount, long flushedBytes, long stalledCount, long stallNanos) {}

    /**
     * What merging tables took. Immutable.
     *
     * @param finishedCount merges that came to their end
     * @param failedCount merges that did not, and were tried again
     * @param readBytes what the SSTables weighed that were merged
     * @param writtenBytes what the SSTables weigh that they became
     * @param pendingBytes what merges would read that are due now
     * @param blocked why merges that are due do not run
     */
    public record Compactions(
            long finishedCount,
            long failedCount,
            long readBytes,
            long writtenBytes,
            long pendingBytes,
            Optional<String> blocked) {}
}
