package io.kvmesh.testkit.history;

import io.kvmesh.api.ConsistencyLevel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds reads that missed a write which they had to see. Stateless.
 *
 * <p>A write is held at a level from the moment it returned, or from the moment a read that saw it returned, since that
 * read repairs what it finds. A later read must see it, or anything that is not older, if the two sets of replicas meet
 * in one that forgot nothing. A value is older if its write ended before the other one began and the other one was sure
 * to be stamped above it: because their sets of replicas meet too, or because the clocks were closer to each other than
 * the two writes.
 *
 * <p>This is the regular register of Lamport ("On interprocess communication", 1986) with several writers and stated
 * losses, not linearizability: of writes at the same time a read may see either, and so may the next one.
 */
final class StaleReads {
    private final Evidence evidence;

    /** A write that enough replicas hold, and since when that is known. */
    private record Holding(
            Operation write, ConsistencyLevel level, long heldNanos, boolean acknowledged, Operation knownBy) {}

    /** A read that missed a write, and the older one that it saw, if it saw any. */
    record StaleRead(
            Operation read,
            Operation missed,
            Operation knownBy,
            @Nullable Operation seen) {
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
            Operation write = operation.isRead() ? sourceOf(operation) : operation;
            if (write != null) {
                holdings.add(
                        new Holding(write, operation.level(), operation.returnNanos(), !operation.isRead(), operation));
            }
        }
        return holdings;
    }

    private Optional<StaleRead> judge(
            Operation read, List<Operation> operations, List<Holding> holdings, Collection<Integer> replicas) {
        for (Holding holding : holdings) {
            if (holding.heldNanos() < read.callNanos()
                    && meet(holding, read.level(), replicas, read.returnNanos())
                    && !sawAtLeast(holding, read, operations, replicas)) {
                return Optional.of(new StaleRead(read, holding.write(), holding.knownBy(), sourceOf(read)));
            }
        }
        return Optional.empty();
    }

    /** Whether what the read saw may be the held write or something that is not older. */
    private boolean sawAtLeast(
            Holding holding, Operation read, List<Operation> operations, Collection<Integer> replicas) {
        if (read.value() != null) {
            Operation source = sourceOf(read);
            // A value that nobody wrote is the business of another checker.
            return source == null || !isOlder(source, holding, replicas);
        }
        return operations.stream()
                .anyMatch(delete -> delete.kind() == OperationKind.DELETE
                        && delete.result() != OperationResult.NOTHING_DONE
                        && delete.callNanos() < read.returnNanos()
                        && !isOlder(delete, holding, replicas));
    }

    private boolean isOlder(Operation earlier, Holding holding, Collection<Integer> replicas) {
        long gapNanos = holding.write().callNanos() - earlier.effectUntilNanos();
        if (earlier.equals(holding.write()) || gapNanos <= 0) {
            return false;
        }
        Holding earlierHolding =
                new Holding(earlier, earlier.level(), earlier.returnNanos(), !earlier.isRead(), earlier);
        return gapNanos > evidence.clockSpreadNanos()
                || meet(earlierHolding, holding.level(), replicas, holding.heldNanos());
    }

    /** Whether the replicas that hold a write and any others asked at a level must have one in common. */
    private boolean meet(Holding holding, ConsistencyLevel asked, Collection<Integer> replicas, long byNanos) {
        int all = evidence.replicas();
        int forgotten = evidence.losses()
                .count(replicas, holding.write().callNanos(), holding.heldNanos(), holding.acknowledged(), byNanos);
        return holding.level().required(all) + asked.required(all) > all + forgotten;
    }

    /** The write whose value a read saw. */
    private @Nullable Operation sourceOf(Operation read) {
        String value = read.value();
        int number = value == null ? -1 : TaggedValue.numberIn(read.key(), value);
        List<Operation> operations = evidence.history().operations();
        return number < 0 || number >= operations.size() ? null : operations.get(number);
    }
}
