package io.kvmesh.testkit.history;

import io.kvmesh.testkit.history.EntryCall.Action;
import io.kvmesh.testkit.history.EntryCall.Observation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Callers of one atomic entry of a map, each with one call at a time, which takes effect at a random moment between its
 * call and its return, or later or never if its outcome is unknown. Confined to one thread.
 */
final class RandomCalls {
    private static final List<Action> ACTIONS = List.of(Action.values());
    private static final int CALL_NANOS_MAX = 20;
    private static final int PAUSE_NANOS_MAX = 5;
    private static final int LATE_NANOS_MAX = 60;

    private final SplittableRandom random;
    private final int unknownPercent;
    private final boolean conditional;
    private int values;

    /** A call whose result is to come. */
    private record Plan(EntryCall call, long callNanos, long effectNanos, long returnNanos, boolean known) {}

    /** @param conditional whether there are conditional calls, and the same few values again and again */
    RandomCalls(long seed, int unknownPercent, boolean conditional) {
        this.random = new SplittableRandom(seed);
        this.unknownPercent = unknownPercent;
        this.conditional = conditional;
    }

    List<TimedCall<EntryCall>> make(int count, int callers) {
        List<Plan> plans = new ArrayList<>();
        long[] free = new long[callers];
        for (int i = 0; i < count; i++) {
            int caller = random.nextInt(callers);
            long called = free[caller] + random.nextInt(PAUSE_NANOS_MAX);
            long returned = called + random.nextInt(CALL_NANOS_MAX);
            boolean known = random.nextInt(100) >= unknownPercent;
            long effect = known
                    ? called + random.nextLong(returned - called + 1)
                    : random.nextBoolean() ? Operation.NEVER : called + random.nextInt(LATE_NANOS_MAX);
            plans.add(new Plan(draw(), called, effect, returned, known));
            free[caller] = returned + 1;
        }
        return run(plans);
    }

    private static List<TimedCall<EntryCall>> run(List<Plan> plans) {
        plans.sort(Comparator.comparingLong(Plan::effectNanos));
        List<TimedCall<EntryCall>> calls = new ArrayList<>();
        String present = null;
        for (Plan plan : plans) {
            EntryCall call = plan.call();
            String line = call.action() + " [" + plan.callNanos() + ", " + plan.returnNanos() + "]";
            if (plan.known()) {
                EntryCall observed = observing(call, resultOf(call, present));
                calls.add(TimedCall.returned(observed, plan.callNanos(), plan.returnNanos(), line));
            } else {
                calls.add(TimedCall.ofUnknownOutcome(call, plan.callNanos(), line));
            }
            if (plan.effectNanos() != Operation.NEVER && call.appliesTo(present)) {
                present = call.value();
            }
        }
        calls.sort(Comparator.comparingLong(TimedCall::callNanos));
        return calls;
    }

    static EntryCall observing(EntryCall call, Observation observation) {
        return new EntryCall(call.action(), call.expected(), call.value(), observation);
    }

    private static Observation resultOf(EntryCall call, @Nullable String present) {
        return switch (call.action()) {
            case GET, SET_IF_ABSENT, SET_IF_PRESENT -> Observation.previous(present);
            case SET -> Observation.NONE;
            case COMPARE_AND_SET -> Observation.applied(call.appliesTo(present));
        };
    }

    private EntryCall draw() {
        Action action = conditional
                ? ACTIONS.get(random.nextInt(ACTIONS.size()))
                : random.nextBoolean() ? Action.GET : Action.SET;
        if (action == Action.GET) {
            return EntryCall.get(Observation.NONE);
        }
        return new EntryCall(action, drawValue(), drawValue(), Observation.NONE);
    }

    private @Nullable String drawValue() {
        if (random.nextInt(5) == 0) {
            return null;
        }
        return conditional ? "v" + random.nextInt(3) : "v" + values++;
    }
}
