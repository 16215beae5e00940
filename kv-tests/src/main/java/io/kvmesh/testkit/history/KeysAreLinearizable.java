package io.kvmesh.testkit.history;

import io.kvmesh.testkit.history.EntryCall.Observation;
import io.kvmesh.testkit.history.Linearization.Verdict;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The operations of each key took effect one after the other, each at some moment between its call and its return.
 * Stateless.
 *
 * <p>It is not one of {@link Checker#all()}, because a map of last writes does not promise it, not even at QUORUM. That
 * is a regular register: a write that is stamped twice can be seen, overwritten and seen again. Conditional operations
 * need more, and are to be held to it.
 *
 * <p>A key that takes too long to decide is a violation that says so.
 */
public final class KeysAreLinearizable implements Checker {
    /** So many states of one key take some hundred megabytes. */
    private static final long STATES_PER_KEY_MAX = 1_000_000;

    private final long statesMax;

    public KeysAreLinearizable() {
        this(STATES_PER_KEY_MAX);
    }

    /** @param statesMax a key is undecided when so many states were looked at */
    KeysAreLinearizable(long statesMax) {
        this.statesMax = statesMax;
    }

    @Override
    public List<Violation> check(Evidence evidence) {
        List<Violation> violations = new ArrayList<>();
        evidence.history().byKey().forEach((key, operations) -> {
            Linearization<EntryCall> found =
                    LinearizabilitySearch.run(new EntryModel(), callsOf(operations), statesMax);
            if (found.verdict() != Verdict.LINEARIZABLE) {
                violations.add(new Violation(name(), message(key, found), whenSeen(found), found.lines()));
            }
        });
        return violations;
    }

    private static String message(String key, Linearization<EntryCall> found) {
        return found.verdict() == Verdict.UNDECIDED
                ? "undecided whether " + key + " is linearizable, after " + found.states() + " states"
                : "no order of the operations of " + key + " explains what they saw";
    }

    private static long whenSeen(Linearization<EntryCall> found) {
        return found.unplaced().isEmpty() ? 0 : found.unplaced().get(0).latestNanos();
    }

    /** The operations of one key as calls of the model. */
    static List<TimedCall<EntryCall>> callsOf(List<Operation> operations) {
        Reads reads = new Reads(operations);
        List<TimedCall<EntryCall>> calls = new ArrayList<>();
        for (Operation operation : operations) {
            if (operation.isDone()) {
                EntryCall call = operation.isRead()
                        ? EntryCall.get(Observation.previous(operation.value()))
                        : EntryCall.set(operation.value(), Observation.NONE);
                calls.add(
                        TimedCall.returned(call, operation.callNanos(), operation.returnNanos(), operation.toString()));
            } else if (!operation.isRead() && operation.result() != OperationResult.NOTHING_DONE) {
                reads.ofUnknownOutcome(operation).ifPresent(calls::add);
            }
        }
        return calls;
    }

    /** What the reads of one key tell of writes of unknown outcome. Immutable. */
    private static final class Reads {
        /** When the first read returned that saw this value. */
        private final Map<Optional<String>, Long> firstSeenNanos = new HashMap<>();

        private final Map<Optional<String>, Integer> writers = new HashMap<>();

        Reads(List<Operation> operations) {
            for (Operation operation : operations) {
                Optional<String> value = Optional.ofNullable(operation.value());
                if (!operation.isRead()) {
                    writers.merge(value, 1, Integer::sum);
                } else if (operation.isDone()) {
                    firstSeenNanos.merge(value, operation.returnNanos(), Math::min);
                }
            }
        }

        /**
         * Without this every such write would double the orders to try. One whose value nobody saw changes nothing:
         * without it, whatever was set next was set all the same. One that alone wrote a value that was seen took
         * effect before that.
         */
        Optional<TimedCall<EntryCall>> ofUnknownOutcome(Operation write) {
            Optional<String> value = Optional.ofNullable(write.value());
            Long seenNanos = firstSeenNanos.get(value);
            if (seenNanos == null) {
                return Optional.empty();
            }
            EntryCall call = EntryCall.set(write.value(), Observation.NONE);
            boolean alone = value.isPresent() && writers.getOrDefault(value, 0) == 1;
            return Optional.of(
                    alone
                            ? TimedCall.returned(
                                    call, write.callNanos(), Math.max(write.callNanos(), seenNanos), write.toString())
                            : TimedCall.ofUnknownOutcome(call, write.callNanos(), write.toString()));
        }
    }
}
