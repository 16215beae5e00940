package io.kvmesh.testkit.history;

import java.util.List;

/**
 * Tries every order of a few calls, and every choice of those that may never have taken effect, without any cleverness:
 * what {@link LinearizabilitySearch} is compared with. Stateless.
 */
final class EveryOrder {
    private EveryOrder() {}

    static <S, C> boolean isLinearizable(SequentialModel<S, C> model, List<TimedCall<C>> calls) {
        return canGoOn(model, model.initial(), calls, 0);
    }

    private static <S, C> boolean canGoOn(SequentialModel<S, C> model, S state, List<TimedCall<C>> calls, int placed) {
        boolean complete = true;
        for (int next = 0; next < calls.size(); next++) {
            if ((placed & (1 << next)) != 0) {
                continue;
            }
            complete &= !calls.get(next).certain();
            if (!mayComeNext(next, calls, placed)) {
                continue;
            }
            for (S after : model.step(state, calls.get(next).call())) {
                if (canGoOn(model, after, calls, placed | (1 << next))) {
                    return true;
                }
            }
        }
        return complete;
    }

    private static <C> boolean mayComeNext(int next, List<TimedCall<C>> calls, int placed) {
        for (int other = 0; other < calls.size(); other++) {
            if ((placed & (1 << other)) == 0
                    && calls.get(other).latestNanos() < calls.get(next).callNanos()) {
                return false;
            }
        }
        return true;
    }
}
