package io.kvmesh.testkit.campaign;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds a small set of faults with which a seed still fails. Confined to one thread.
 *
 * <p>Source: Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", 2002 (ddmin): leave out ever
 * smaller parts for as long as the rest still fails. The result is minimal in that no single fault can be left out,
 * unless the number of attempts ran out.
 */
final class Shrinker {
    static final int ATTEMPTS_MAX = 300;

    private final Predicate<Set<Integer>> fails;
    private int attempts;

    /** @param fails whether a run with only these faults fails in the same way */
    Shrinker(Predicate<Set<Integer>> fails) {
        this.fails = fails;
    }

    int attempts() {
        return attempts;
    }

    Set<Integer> shrink(Set<Integer> failing) {
        List<Integer> current = new ArrayList<>(failing);
        int parts = 2;
        while (!current.isEmpty() && attempts < ATTEMPTS_MAX) {
            List<Integer> smaller = withoutOnePart(current, Math.min(parts, current.size()));
            if (smaller != null) {
                current = smaller;
                parts = Math.max(2, parts - 1);
            } else if (parts >= current.size()) {
                break;
            } else {
                parts = Math.min(2 * parts, current.size());
            }
        }
        return new TreeSet<>(current);
    }

    /** What is left when one of so many parts is left out and it still fails; null if it fails with none left out. */
    private @Nullable List<Integer> withoutOnePart(List<Integer> current, int parts) {
        for (int part = 0; part < parts && attempts < ATTEMPTS_MAX; part++) {
            int from = current.size() * part / parts;
            int to = current.size() * (part + 1) / parts;
            List<Integer> rest = new ArrayList<>(current.subList(0, from));
            rest.addAll(current.subList(to, current.size()));
            attempts++;
            if (fails.test(new TreeSet<>(rest))) {
                return rest;
            }
        }
        return null;
    }
}
