package io.kvmesh.testkit.bench;

import io.kvmesh.testkit.bench.storage.StorageBench;
import io.kvmesh.testkit.bench.storage.StorageOptions;
import java.io.IOException;
import java.util.List;

/** The command line of the benchmarks. Stateless. */
public final class Bench {
    static final int EXIT_WRONG = 1;
    static final int EXIT_USAGE = 2;

    private static final String USAGE = """
            usage: bench cluster|open|storage [options]
              cluster   a mesh of three members under load
              open      how long a fresh JVM takes to open a store
              storage   the storage engine alone, beside engines of others
              --help    after either: its options
            """;

    private Bench() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        System.exit(run(List.of(arguments)));
    }

    /** Runs one benchmark. Returns the exit status. */
    static int run(List<String> arguments) throws IOException, InterruptedException {
        String usage = usageOf(arguments);
        if (arguments.contains("--help")) {
            System.out.print(usage);
            return 0;
        }
        try {
            if (arguments.isEmpty()) {
                throw new UsageException("a command is missing");
            }
            List<String> rest = arguments.subList(1, arguments.size());
            return switch (arguments.get(0)) {
                case "cluster" -> new ClusterBench(ClusterOptions.parse(rest), System.out).run();
                case "open" -> new OpenBench(OpenOptions.parse(rest), System.out).run();
                case "storage" -> new StorageBench(StorageOptions.parse(rest), System.out).run();
                default -> throw new UsageException("unknown command '" + arguments.get(0) + "'");
            };
        } catch (IllegalStateException e) {
            System.err.println("bench: " + e.getMessage());
            return EXIT_WRONG;
        } catch (UsageException e) {
            System.err.println("bench: " + e.getMessage());
            System.err.print(usage);
            return EXIT_USAGE;
        }
    }

    private static String usageOf(List<String> arguments) {
        String command = arguments.isEmpty() ? "" : arguments.get(0);
        return switch (command) {
            case "cluster" -> ClusterOptions.USAGE;
            case "open" -> OpenOptions.USAGE;
            case "storage" -> StorageOptions.USAGE;
            default -> USAGE;
        };
    }
}
