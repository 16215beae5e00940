package io.kvmesh.testkit.ring;

import io.kvmesh.api.KvConfig;
import io.kvmesh.ring.Replication;
import io.kvmesh.testkit.bench.Arguments;
import io.kvmesh.testkit.bench.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * What {@code ring} was asked to do. Immutable.
 *
 * @param weights given to members in turn
 * @param dataCenters given to members in turn
 * @param racks in each data centre, given to its members in turn
 */
record RingOptions(
        int members,
        int partitions,
        int vnodes,
        Replication replication,
        List<Double> weights,
        List<String> dataCenters,
        int racks,
        int seed) {
    static final String USAGE = """
            usage: ring --members N [options]
              Lets members come to a ring one after the other, and then one go. Shows how evenly they share the
              partitions, and how much moved.
              --members N          members at the end (1 to 2000)
              --partitions P       a power of two up to 65536 (default 1024, or 16 for each member if that is more)
              --vnodes V           tokens of a member of weight 1 (default 128)
              --replication R      copies, as 3, or by data centre, as east=3,west=2 (default 3)
              --weights W,W,...    weights of members in turn, from 0.1 to 10 (default 1)
              --racks K            racks of each data centre, in turn (default 1)
              --seed S             of the random generator (default 1)
            """;

    private static final int MEMBERS_MAX = 2_000;
    private static final int PARTITIONS_DEFAULT = 1_024;
    private static final int PARTITIONS_PER_MEMBER = 16;
    private static final int PARTITIONS_MAX = 1 << 16;
    private static final int VNODES_MAX = 1_024;
    private static final double WEIGHT_MIN = 0.1;
    private static final double WEIGHT_MAX = 10;
    private static final List<String> NAMES =
            List.of("--members", "--partitions", "--vnodes", "--replication", "--weights", "--racks", "--seed");

    static RingOptions parse(List<String> arguments) {
        Arguments given = Arguments.of(arguments, NAMES);
        if (!given.has("--members")) {
            throw new UsageException("--members is missing");
        }
        int members = given.number("--members", 0, 1, MEMBERS_MAX);
        int partitions = given.number("--partitions", partitionsFor(members), 1, PARTITIONS_MAX);
        if (Integer.bitCount(partitions) != 1) {
            throw new UsageException("--partitions '" + partitions + "' must be a power of two");
        }
        TreeMap<String, Integer> byDataCenter = new TreeMap<>();
        Replication replication = replication(given.text("--replication", "3"), byDataCenter);
        return new RingOptions(
                members,
                partitions,
                given.number("--vnodes", 128, 1, VNODES_MAX),
                replication,
                weights(given.text("--weights", "1")),
                byDataCenter.isEmpty() ? List.of("dc1") : List.copyOf(byDataCenter.keySet()),
                given.number("--racks", 1, 1, MEMBERS_MAX),
                given.number("--seed", 1, 0, Integer.MAX_VALUE));
    }

    private static int partitionsFor(int members) {
        int wanted = Math.max(PARTITIONS_DEFAULT, PARTITIONS_PER_MEMBER * members);
        return Integer.highestOneBit(2 * wanted - 1);
    }

    private static Replication replication(String text, TreeMap<String, Integer> byDataCenter) {
        if (!text.contains("=")) {
            return Replication.of(factor(text));
        }
        for (String part : text.split(",", -1)) {
            int sign = part.indexOf('=');
            if (sign <= 0 || byDataCenter.put(part.substring(0, sign), factor(part.substring(sign + 1))) != null) {
                throw new UsageException("--replication '" + text
                        + "' must be a number, or name each data centre once, as east=3,west=2");
            }
        }
        return Replication.perDataCenter(byDataCenter);
    }

    private static int factor(String text) {
        return Arguments.number("--replication", text, 1, KvConfig.REPLICATION_FACTOR_MAX);
    }

    private static List<Double> weights(String text) {
        List<Double> weights = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            weights.add(Arguments.decimal("--weights", part, WEIGHT_MIN, WEIGHT_MAX));
        }
        return List.copyOf(weights);
    }
}
