package io.kvmesh.examples.counter;

import io.kvmesh.testkit.SimulationFailure;
import java.util.List;
import java.util.Optional;

/** Looks for a seed under which {@link NaiveCounter} loses a visit, and shows the end of that story. Stateless. */
final class CounterHunt {
    private static final int SEEDS = 1_000;
    private static final int LINES_SHOWN = 25;

    private CounterHunt() {}

    public static void main(String[] arguments) {
        Optional<SimulationFailure> found = NaiveStory.hunt(SEEDS);
        found.ifPresentOrElse(CounterHunt::print, () -> System.out.println("nothing found under " + SEEDS + " seeds"));
    }

    /** Prints what was found, the seed, and the last events. */
    static void print(SimulationFailure found) {
        List<String> lines = String.valueOf(found.getMessage()).lines().toList();
        int head = (int) found.summary().lines().count() + 1;
        lines.subList(0, head).forEach(System.out::println);
        lines.subList(Math.max(head, lines.size() - LINES_SHOWN), lines.size()).forEach(System.out::println);
    }
}
