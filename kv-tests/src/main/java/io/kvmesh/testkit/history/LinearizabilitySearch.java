package io.kvmesh.testkit.history;

import io.kvmesh.testkit.history.CallEvents.Event;
import io.kvmesh.testkit.history.Linearization.Verdict;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks for an order of calls that a {@link SequentialModel} allows and in which every call takes effect between its
 * call and its latest time. Confined to one thread.
 *
 * <ol>
 *   <li>Go through the calls and latest times in the order of time. A call that the model allows in the present state
 *       is placed next in the order, and the search goes on from the beginning with what is left.
 *   <li>Calls that may never take effect are tried after all others that may come next.
 *   <li>Whoever meets the latest time of a call that is not placed has placed the wrong calls before it: the last one
 *       is taken back, and the one after it is tried instead.
 *   <li>The same set of calls that led to the same state before leads to nothing new and is not tried again.
 *   <li>It is found when only calls are left that may never take effect, and refuted when nothing is left to take back.
 * </ol>
 *
 * <p>Sources: Wing and Gong, "Testing and verifying concurrent objects", 1993, for the search; Lowe, "Testing for
 * linearizability", 2017, for the memory of step 4.
 */
public final class LinearizabilitySearch<S, C> {
    private final SequentialModel<S, C> model;
    private final List<TimedCall<C>> calls;
    private final CallEvents<C> events;
    private final long statesMax;

    /** Which calls are placed, by number: those that took effect for sure, and the others. */
    private final BitSet certain = new BitSet();

    private final BitSet uncertain = new BitSet();
    private final List<Placement<S, C>> placements = new ArrayList<>();
    private final Set<Configuration<S>> tried = new HashSet<>();
    private S state;
    private int certainLeft;

    private List<TimedCall<C>> longest = List.of();
    private List<TimedCall<C>> unplaced = List.of();

    /** A call in the order, the state before it, and which of the states after it was chosen. */
    private record Placement<S, C>(Event<C> event, S before, List<S> after, int chosen) {}

    /**
     * Which calls are placed, and the state to which they led. Most of the certain ones are the first so many: only
     * those after them are listed, for otherwise the memory taken would grow with the square of the calls.
     */
    private record Configuration<S>(int first, BitSet certainAfter, BitSet uncertain, S state) {}

    private LinearizabilitySearch(SequentialModel<S, C> model, List<TimedCall<C>> calls, long statesMax) {
        this.model = model;
        this.calls = calls;
        this.events = new CallEvents<>(calls);
        this.statesMax = statesMax;
        this.state = model.initial();
        this.certainLeft =
                Math.toIntExact(calls.stream().filter(TimedCall::certain).count());
    }

    /**
     * Looks for an order of all calls that must take effect, and of some of the others.
     *
     * @param statesMax the search is given up when it has looked at so many states
     */
    public static <S, C> Linearization<C> run(SequentialModel<S, C> model, List<TimedCall<C>> calls, long statesMax) {
        return new LinearizabilitySearch<>(model, List.copyOf(calls), statesMax).run();
    }

    private Linearization<C> run() {
        @Nullable Event<C> after = null;
        while (certainLeft > 0) {
            Event<C> at = after == null ? events.first() : events.after(after);
            TimedCall<C> call = at.call();
            if (tried.size() >= statesMax) {
                return new Linearization<>(Verdict.UNDECIDED, longest, unplaced, tried.size());
            } else if (call != null) {
                after = place(at, model.step(state, call.call()), 0) ? null : at;
            } else {
                noteHowFar(at);
                if (placements.isEmpty()) {
                    return new Linearization<>(Verdict.NOT_LINEARIZABLE, longest, unplaced, tried.size());
                }
                after = takeBack();
            }
        }
        return new Linearization<>(Verdict.LINEARIZABLE, order(), List.of(), tried.size());
    }

    /** Places a call with the first state after it that is new. Returns false if there is none. */
    private boolean place(Event<C> event, List<S> after, int from) {
        boolean isCertain = calls.get(event.index()).certain();
        BitSet placed = isCertain ? certain : uncertain;
        placed.set(event.index());
        for (int i = from; i < after.size(); i++) {
            S reached = after.get(i);
            // What may be left out and changes nothing is left out.
            if ((isCertain || !reached.equals(state)) && tried.add(configuration(reached))) {
                placements.add(new Placement<>(event, state, after, i));
                state = reached;
                events.take(event);
                certainLeft -= isCertain ? 1 : 0;
                return true;
            }
        }
        placed.clear(event.index());
        return false;
    }

    /** Takes the last call back. Returns it if it led to all that it can lead to, null if it is placed once more. */
    private @Nullable Event<C> takeBack() {
        Placement<S, C> last = placements.remove(placements.size() - 1);
        Event<C> event = last.event();
        state = last.before();
        events.putBack(event);
        certainLeft += calls.get(event.index()).certain() ? 1 : 0;
        return place(event, last.after(), last.chosen() + 1) ? null : event;
    }

    private Configuration<S> configuration(S reached) {
        // Calls that need not take effect are no gap among those that must.
        int first = certain.nextClearBit(0);
        while (first < calls.size() && !calls.get(first).certain()) {
            first = certain.nextClearBit(first + 1);
        }
        return new Configuration<>(
                first, certain.get(first, Math.max(first, certain.length())), (BitSet) uncertain.clone(), reached);
    }

    /** Remembers the longest order, and which calls were tried after it in vain. */
    private void noteHowFar(Event<C> latest) {
        boolean first = unplaced.isEmpty();
        if (!first && placements.size() <= longest.size()) {
            return;
        }
        longest = order();
        List<TimedCall<C>> left = new ArrayList<>();
        left.add(calls.get(latest.index()));
        for (Event<C> event = events.first(); event.call() != null; event = events.after(event)) {
            if (event.index() != latest.index()) {
                left.add(calls.get(event.index()));
            }
        }
        unplaced = left;
    }

    private List<TimedCall<C>> order() {
        return placements.stream()
                .map(placement -> calls.get(placement.event().index()))
                .toList();
    }
}
