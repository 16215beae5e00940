package io.kvmesh.testkit.merkle;

import io.kvmesh.testkit.bench.Arguments;
import io.kvmesh.testkit.bench.UsageException;
import java.util.List;

/**
 * What {@code merkle} was asked to do. Immutable.
 *
 * @param differ keys that only one of the replicas has, half of them each
 * @param valueBytes the size of each value
 */
record MerkleOptions(int keys, int differ, int partitions, int valueBytes, int seed) {
    static final String USAGE = """
            usage: merkle --keys N [options]
              Writes keys to two simulated members that both hold all of them, then further ones to one member at a
              time while they do not hear each other, and compares the replicas. All frames are counted that the members
              send meanwhile, also those of gossip.
              --keys N         keys that both have (1 to 5000000; a million take 2 GB of memory)
              --differ D       keys that only one of them has (default 0)
              --partitions P   a power of two up to 65536 (default 1024)
              --value B        bytes of a value (default 16)
              --seed S         of the random generator (default 1)
            """;

    private static final int KEYS_MAX = 5_000_000;
    private static final int PARTITIONS_DEFAULT = 1_024;
    private static final int PARTITIONS_MAX = 1 << 16;
    private static final int VALUE_BYTES_MAX = 10_000;
    private static final long EQUAL_BYTES_MAX = 1_000_000;
    private static final long BYTES_MAX_PER_DIFFERENCE = 20_000;

    static MerkleOptions parse(List<String> arguments) {
        Arguments given = Arguments.of(arguments, List.of("--keys", "--differ", "--partitions", "--value", "--seed"));
        if (!given.has("--keys")) {
            throw new UsageException("--keys is missing");
        }
        int partitions = given.number("--partitions", PARTITIONS_DEFAULT, 1, PARTITIONS_MAX);
        if (Integer.bitCount(partitions) != 1) {
            throw new UsageException("--partitions '" + partitions + "' must be a power of two");
        }
        return new MerkleOptions(
                given.number("--keys", 0, 1, KEYS_MAX),
                given.number("--differ", 0, 0, KEYS_MAX),
                partitions,
                given.number("--value", 16, 1, VALUE_BYTES_MAX),
                given.number("--seed", 1, 0, Integer.MAX_VALUE));
    }

    /** What a comparison of 1,024 partitions may take: a megabyte, and twenty kilobytes for each difference. */
    long bytesMax() {
        return Math.max(1, partitions / PARTITIONS_DEFAULT) * EQUAL_BYTES_MAX + differ * BYTES_MAX_PER_DIFFERENCE;
    }
}
