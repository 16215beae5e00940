package io.kvmesh.testkit.process;

import io.kvmesh.runtime.RandomSource;
import io.kvmesh.testkit.bench.Arguments;
import io.kvmesh.testkit.bench.UsageException;
import java.util.List;

/**
 * What {@code torture} was asked to do. Immutable.
 *
 * @param seed draws the rounds and their victims; what the operating system does in between, no seed can repeat
 */
record TortureOptions(int minutes, long seed) {
    static final String USAGE = """
            usage: torture --minutes M [--seed S]
              Three members in separate JVMs write at QUORUM while one of them is killed (kill -9) or stopped, or all
              are killed at once, a round at a time. Every acknowledged write is verified after each round.
              --minutes M   how long, from 1 to 100000; the round that has begun is played to its end
              --seed S      draws the rounds; a number (default: a new one, which is printed)
            """;

    private static final int MINUTES_MAX = 100_000;

    static TortureOptions parse(List<String> arguments) {
        Arguments given = Arguments.of(arguments, List.of("--minutes", "--seed"));
        String minutes = given.textOrNull("--minutes");
        if (minutes == null) {
            throw new UsageException("--minutes is missing");
        }
        String seed = given.textOrNull("--seed");
        return new TortureOptions(
                Arguments.number("--minutes", minutes, 1, MINUTES_MAX),
                seed == null ? RandomSource.fromSystem().nextLong() : number(seed));
    }

    private static long number(String seed) {
        try {
            return Long.parseLong(seed);
        } catch (NumberFormatException e) {
            throw new UsageException("--seed '" + seed + "' must be a number");
        }
    }
}
