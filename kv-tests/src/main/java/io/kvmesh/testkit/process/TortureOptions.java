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
record TortureOptions(int minutes, int members, long seed) {
    static final String USAGE = """
            usage: torture [--minutes M] [--members N] [--seed S]
              Members in separate JVMs write at QUORUM while one or two of them are killed (kill -9) or stopped, or
              all are killed at once, a round at a time. Every acknowledged write is verified after each round.
              --minutes M   how long, from 1 to 100000 (default 30); the round that has begun is played to its end
              --members N   how many, from 3 to 9 (default 3)
              --seed S      draws the rounds; a number (default: a new one, which is printed)
              The last line is for machines. operations: calls of the map, repetitions included; unknown: writes of
              which nobody was told whether they had an effect; failures: failed calls by exception;
              availability_one_down: the share of calls that succeeded at the others, from the moment one member was
              killed or stopped until all saw each other again. The exit status is 1 if an acknowledged write was lost,
              a value was wrong, or a call failed in a way that is not documented.
            """;

    private static final int MINUTES_MAX = 100_000;
    private static final int MINUTES_DEFAULT = 30;
    private static final int MEMBERS_MIN = 3;
    private static final int MEMBERS_MAX = 9;

    static TortureOptions parse(List<String> arguments) {
        Arguments given = Arguments.of(arguments, List.of("--minutes", "--members", "--seed"));
        String seed = given.textOrNull("--seed");
        return new TortureOptions(
                given.number("--minutes", MINUTES_DEFAULT, 1, MINUTES_MAX),
                given.number("--members", MEMBERS_MIN, MEMBERS_MIN, MEMBERS_MAX),
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
