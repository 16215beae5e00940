package io.kvmesh.testkit.scenario;

import io.kvmesh.testkit.bench.Arguments;
import io.kvmesh.testkit.bench.RecordPattern;
import java.util.List;

/**
 * What {@code rejoin} was asked to do. Immutable.
 *
 * @param seconds how long the member is away
 * @param writes of a hundred calls, how many write
 */
record RejoinOptions(int seconds, int records, int valueBytes, int perSecond, int writes) {
    static final String USAGE = """
            usage: rejoin [options]
              Three members in separate JVMs hold records. One is killed, the others go on reading and writing at QUORUM
              for a while, then it comes back. All bytes are counted that the others send it until it has everything:
              hints, gossip and repair alike, as frames, without what the transport puts around these.
              --seconds S      how long it is away (default 60)
              --records N      how many records there are (default 200000)
              --value B        bytes of a value (default 1000)
              --per-second R   calls a second of both others together (default 2000)
              --writes W       how many of a hundred calls write (default 50)
              The last line is for machines. changed_bytes: keys and values of the records that were written meanwhile,
              each counted once; written_bytes: each counted as often as it was written; ratio: transferred to changed.
              The exit status is 1 if the member missed something that the others did not send it by themselves, or an
              acknowledged write was lost.
            """;

    private static final int SECONDS_MAX = 10_000;
    private static final int RECORDS_MAX = 10_000_000;
    private static final int VALUE_BYTES_MAX = 1_000_000;
    private static final int PER_SECOND_MAX = 1_000_000;
    private static final int PERCENT_MAX = 100;

    static RejoinOptions parse(List<String> arguments) {
        Arguments given =
                Arguments.of(arguments, List.of("--seconds", "--records", "--value", "--per-second", "--writes"));
        return new RejoinOptions(
                given.number("--seconds", 60, 1, SECONDS_MAX),
                given.number("--records", 200_000, 100, RECORDS_MAX),
                given.number("--value", 1_000, RecordPattern.BYTES_MIN, VALUE_BYTES_MAX),
                given.number("--per-second", 2_000, 1, PER_SECOND_MAX),
                given.number("--writes", 50, 1, PERCENT_MAX));
    }
}
