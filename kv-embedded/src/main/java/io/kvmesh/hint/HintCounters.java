package io.kvmesh.hint;

import java.util.concurrent.atomic.AtomicLong;

/** What became of hints since the start of this member. Safe for any thread. */
final class HintCounters {
    /** Hints that were written down. */
    final AtomicLong kept = new AtomicLong();
    /** Hints that their targets acknowledged. */
    final AtomicLong replayed = new AtomicLong();
    /** Hints that grew too old, or were not made because their target had been away for too long. */
    final AtomicLong expired = new AtomicLong();
    /** Hints that had to go because there were too many for their target. */
    final AtomicLong dropped = new AtomicLong();
    /** Hints that were never written down. */
    final AtomicLong refused = new AtomicLong();
}
