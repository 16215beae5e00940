package io.kvmesh.testkit.gossip;

import io.kvmesh.testkit.bench.Arguments;
import io.kvmesh.testkit.bench.UsageException;
import java.util.List;

/**
 * What {@code gossip} was asked to do. Immutable.
 *
 * @param loss the share of messages that are lost
 * @param changes members that come, one after the other
 */
record GossipOptions(int members, double loss, int changes, int seed) {
    static final String USAGE = """
            usage: gossip --members N [options]
              Simulates a ring in virtual time. Members come to it, one after the other, and it is counted how many
              rounds of gossip pass until all others know each of them, if nothing but gossip tells of it.
              --members N   members at the beginning (2 to 2000; 1000 take up to 4 GB of memory, and minutes to start)
              --loss P      share of messages that are lost, from 0 to 0.9 (default 0)
              --changes C   members that come (default 5)
              --seed S      of the random generator (default 1)
            """;

    private static final int MEMBERS_MAX = 2_000;
    private static final int CHANGES_MAX = 100;
    private static final double LOSS_MAX = 0.9;

    static GossipOptions parse(List<String> arguments) {
        Arguments given = Arguments.of(arguments, List.of("--members", "--loss", "--changes", "--seed"));
        if (!given.has("--members")) {
            throw new UsageException("--members is missing");
        }
        return new GossipOptions(
                given.number("--members", 0, 2, MEMBERS_MAX),
                Arguments.decimal("--loss", given.text("--loss", "0"), 0, LOSS_MAX),
                given.number("--changes", 5, 1, CHANGES_MAX),
                given.number("--seed", 1, 0, Integer.MAX_VALUE));
    }

    /** Twice the rounds in which news could spread if each member told another one that had not heard it. */
    int roundsMax() {
        return (int) Math.ceil(2 * Math.log(members) / Math.log(2));
    }
}
