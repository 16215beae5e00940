package io.kvmesh.testkit.history;

import io.kvmesh.api.ConsistencyLevel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds reads that missed a version which they had to see. Confined to one thread.
 *
 * <ol>
 *   <li>A version is held at a level from the moment its write returned, or from the moment a read that saw it
 *       returned, since that read repairs what it finds. What a read without a result saw is some delete, or that
 *       there was never anything.
 *   <li>A later read must see what is held, or anything that is not older, if the two sets of replicas meet in one that
 *       forgot nothing.
 *   <li>A write is older than what is held if it ended before the holder's call began and their sets of replicas meet:
 *       a write is then stamped above it, and a read that saw something else saw something newer. Or if the clocks
 *       were closer to each other than the two writes.
 * </ol>
 *
 * <p>A read holds the version that it saw, and a write that goes on after it may be stamped higher still. That is why
 * the call of the read, and not that of the write which it saw, decides what is older.
 *
 * <p>This is the regular register of Lamport ("On interprocess communication", 1986) with several writers and stated
 * losses, and reads that do not go back behind what an earlier read proved to be over. It is not linearizability: of
 * writes at the same time a read may see either, and the next one the other.
 */
final class StaleReads {
    /** Stamps count microseconds, and those given within one microsecond run ahead of the clock. */
    private static final long STAMP_SLACK_NANOS = 1_000_000;

    private final Evidence evidence;
    private final Map<Operation, Operation> sources = new HashMap<>();

    /**
     * A version that enough replicas hold.
     *
     * @param write null for the absence that a read saw
     * @param knownBy the write itself, or the read that saw it
     */
    private record Holding(@Nullable Operation write, Operation knownBy) {
        static Holding acknowledged(Operation write) {
            return new Holding(write, write);
        }

        ConsistencyLevel level() {
            return knownBy.level();
        }
    }

    /**
     * A read that missed a version, and the older one that it saw, if it saw any.
     *
     * @param missed a write, a delete, or a read that saw that there was no value any more
     */
    record StaleRead(
            Operation read,
            Operation missed,
            Operation knownBy,
            @Nullable Operation seen) {
        boolean missedWrite() {
            return missed.kind() == OperationKind.WRITE;
        }

        List<String> lines() {
            return Stream.of(missed, knownBy, seen, read)
                    .filter(operation -> operation != null)
                    .distinct()
                    .map(Operation::toString)
                    .toList();
        }
    }

    private StaleReads(Evidence evidence) {
        this.evidence = evidence;
        for (Operation operation : evidence.history().operations()) {
            Operation source = operation.isRead() ? findSource(operation) : null;
            if (source != null) {
                sources.put(operation, source);
            }
        }
    }

    /** The stale ones among the reads that the filter accepts, at most one for each read. */
    static List<StaleRead> find(Evidence evidence, Predicate<Operation> filter) {
        StaleReads search = new StaleReads(evidence);
        List<StaleRead> found = new ArrayList<>();
        evidence.history().byKey().forEach((key, operations) -> {
            Collection<Integer> replicas = evidence.replicasOf().getOrDefault(key, List.of());
            List<Holding> holdings = search.holdings(operations);
            operations.stream()
                    .filter(operation -> operation.isRead() && operation.isDone() && filter.test(operation))
                    .forEach(read ->
                            search.judge(read, operations, holdings, replicas).ifPresent(found::add));
        });
        return found;
    }

    private List<Holding> holdings(List<Operation> operations) {
        List<Holding> holdings = new ArrayList<>();
        for (Operation operation : operations) {
            if (!operation.isDone()) {
                continue;
            }
            if (!operation.isRead()) {
                holdings.add(Holding.acknowledged(operation));
            } else if (operation.value() == null || sources.containsKey(operation)) {
                holdings.add(new Holding(sources.get(operation), operation));
            }
        }
        return holdings;
    }

    private Optional<StaleRead> judge(
            Operation read, List<Operation> operations, List<Holding> holdings, Collection<Integer> replicas) {
        for (Holding holding : holdings) {
            if (holding.knownBy().returnNanos() < read.callNanos()
                    && !sawAtLeast(holding, read, operations, replicas)
                    && meet(holding, read.level(), replicas, read.returnNanos())) {
                Operation missed = holding.write() == null ? holding.knownBy() : holding.write();
                return Optional.of(new StaleRead(read, missed, holding.knownBy(), sources.get(read)));
            }
        }
        return Optional.empty();
    }

    /** Whether what the read saw may be the held version or something that is not older. */
    private boolean sawAtLeast(
            Holding holding, Operation read, List<Operation> operations, Collection<Integer> replicas) {
        if (read.value() != null) {
            Operation source = sources.get(read);
            // A value that nobody wrote is the business of another checker.
            return source == null || !isOlder(source, holding, replicas);
        }
        return holding.write() == null
                || operations.stream()
                        .anyMatch(delete -> delete.kind() == OperationKind.DELETE
                                && delete.result() != OperationResult.NOTHING_DONE
                                && delete.callNanos() < read.returnNanos()
                                && !isOlder(delete, holding, replicas));
    }

    /** Whether all stamps of a write must be below the version that is held. */
    private boolean isOlder(Operation earlier, Holding holding, Collection<Integer> replicas) {
        Operation write = holding.write();
        if (earlier.equals(write)) {
            return false;
        }
        long apartNanos = evidence.clockSpreadNanos() + STAMP_SLACK_NANOS;
        // No write is stamped after its return, whatever came of it, even if it becomes visible later.
        if (write != null && write.callNanos() - earlier.returnNanos() > apartNanos) {
            return true;
        }
        return earlier.isDone()
                && earlier.returnNanos() < holding.knownBy().callNanos()
                && meet(
                        Holding.acknowledged(earlier),
                        holding.level(),
                        replicas,
                        holding.knownBy().returnNanos());
    }

    /** Whether the replicas that hold a version and any others asked at a level must have one in common. */
    private boolean meet(Holding holding, ConsistencyLevel asked, Collection<Integer> replicas, long byNanos) {
        int all = evidence.replicas();
        int holders = holding.level().required(all);
        int inCommon = holders + asked.required(all) - all;
        return inCommon > 0 && inCommon > evidence.losses().count(replicas, holders, holding.knownBy(), byNanos);
    }

    /** The write whose value a read saw. */
    private @Nullable Operation findSource(Operation read) {
        String value = read.value();
        int number = value == null ? -1 : TaggedValue.numberIn(read.key(), value);
        List<Operation> operations = evidence.history().operations();
        if (number < 0 || number >= operations.size()) {
            return null;
        }
        Operation write = operations.get(number);
        return write.kind() == OperationKind.WRITE
                        && write.value() != null
                        && write.value().equals(value)
                ? write
                : null;
    }
}
