package io.kvmesh.storage;

import java.util.concurrent.atomic.LongAdder;

/** What merges of tables did since the store was opened. Safe for any thread. */
final class CompactionCounts {
    final LongAdder finished = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder bytesRead = new LongAdder();
    final LongAdder bytesWritten = new LongAdder();
    /** Tombstones and expired values of which nothing is left. */
    final LongAdder recordsForgotten = new LongAdder();
}
