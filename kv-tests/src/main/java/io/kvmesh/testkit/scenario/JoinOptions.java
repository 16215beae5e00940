package io.kvmesh.testkit.scenario;

import io.kvmesh.testkit.bench.Arguments;
import io.kvmesh.testkit.bench.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What {@code join} was asked to do. Immutable.
 *
 * @param places a compressed file whose lines are stored as well
 * @param quietSeconds how long calls are measured before the member joins
 */
record JoinOptions(Optional<Path> places, int valuesMegabytes, int perSecond, int writes, int quietSeconds) {
    static final String USAGE = """
            usage: join [options]
              Three members in separate JVMs hold values. While all of them read and write at QUORUM, a fourth one is
              started, and fetches its share of the partitions. How long calls take is measured before that, and from
              the start of the new JVM until the ring has four members.
              --values-mb M    megabytes of values, of 1000 bytes each (default 1024)
              --places FILE    a compressed text file whose lines are stored as well
              --per-second R   calls a second of all three members together (default 1500)
              --writes W       how many of a hundred calls write (default 50)
              --quiet S        seconds to measure before the member joins (default 20)
              The last line is for machines. p99 of reads and of writes, in microseconds, without and with the joining
              member; ratio: the greater of both quotients; stream_mb_per_s: what the joining member was sent, from the
              first state of the ring that has it to the last; loopback_mb_per_s: what one connection carries between
              two threads of one process. The exit status is 1 if an acknowledged write was lost.
            """;

    private static final int MEGABYTES_MAX = 100_000;
    private static final int PER_SECOND_MAX = 1_000_000;
    private static final int PERCENT_MAX = 100;
    private static final int QUIET_SECONDS_MAX = 10_000;

    static JoinOptions parse(List<String> arguments) {
        Arguments given =
                Arguments.of(arguments, List.of("--values-mb", "--places", "--per-second", "--writes", "--quiet"));
        Optional<Path> places = Optional.ofNullable(given.pathOrNull("--places"));
        if (places.isPresent() && !Files.isReadable(places.get())) {
            throw new UsageException("--places '" + places.get() + "' cannot be read");
        }
        return new JoinOptions(
                places,
                given.number("--values-mb", 1_024, 1, MEGABYTES_MAX),
                given.number("--per-second", 1_500, 3, PER_SECOND_MAX),
                given.number("--writes", 50, 1, PERCENT_MAX),
                given.number("--quiet", 20, 1, QUIET_SECONDS_MAX));
    }
}
