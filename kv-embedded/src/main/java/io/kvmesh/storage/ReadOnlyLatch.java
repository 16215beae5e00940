package io.kvmesh.storage;

import io.kvmesh.api.KvException.Outcome;
import io.kvmesh.api.StoreReadOnlyException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Remembers the first failure of the disk, after which the engine takes no writes for good. Safe for any thread. */
final class ReadOnlyLatch {
    private static final Logger LOG = LoggerFactory.getLogger(ReadOnlyLatch.class);

    private record Failure(String reason, Throwable cause) {}

    private final AtomicReference<@Nullable Failure> failure = new AtomicReference<>();

    /**
     * Sets the reason if there is none yet, and returns the exception that tells of the one that counts, for those who
     * were about to write: what became of their writes is not known.
     */
    StoreReadOnlyException close(String what, Throwable cause) {
        Failure now = new Failure(what + " failed: " + cause, cause);
        if (failure.compareAndSet(null, now)) {
            LOG.error("The store takes no more writes: {}", now.reason, cause);
        }
        Failure first = failure.get();
        return toException(first != null ? first : now, Outcome.UNKNOWN);
    }

    boolean isClosed() {
        return failure.get() != null;
    }

    /** What a write is refused with, or null while writes are taken. */
    @Nullable
    StoreReadOnlyException refusal() {
        Failure present = failure.get();
        return present == null ? null : toException(present, Outcome.NOT_APPLIED);
    }

    Optional<String> reason() {
        return Optional.ofNullable(failure.get()).map(Failure::reason);
    }

    private static StoreReadOnlyException toException(Failure failure, Outcome outcome) {
        return new StoreReadOnlyException(
                "the store takes no more writes since " + failure.reason
                        + "; reads go on; free or repair the disk, then open the store again",
                failure.cause,
                outcome);
    }
}
