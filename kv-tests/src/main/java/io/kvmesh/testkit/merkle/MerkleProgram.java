package io.kvmesh.testkit.merkle;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.RepairResult;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.bench.UsageException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;

/** Compares two replicas of many keys, and says how many bytes that took. Confined to one thread. */
public final class MerkleProgram {
    static final int EXIT_TOO_MUCH = 1;
    private static final int EXIT_USAGE = 2;
    private static final int MEMTABLE_BYTES = 8 << 20;
    /** Longer than anybody keeps writes for a member that is away. */
    private static final Duration ABSENCE = Duration.ofHours(4);

    private static final Duration REPAIR_LIMIT = Duration.ofHours(2);
    private static final int PROGRESS_KEYS = 100_000;

    private final MerkleOptions options;
    private final PrintStream out;
    private final SimCluster cluster;

    private MerkleProgram(MerkleOptions options, PrintStream out) {
        this.options = options;
        this.out = out;
        this.cluster = SimCluster.of(2)
                .configure(settings -> settings.replicationFactor(2)
                        .partitions(options.partitions())
                        .gossipInterval(Duration.ofSeconds(10))
                        .repairInterval(Duration.ofDays(365))
                        .memtableBytes(MEMTABLE_BYTES)
                        .logSegmentBytes(MEMTABLE_BYTES))
                .seed(options.seed());
    }

    public static void main(String[] arguments) {
        System.exit(run(List.of(arguments), System.out, System.err));
    }

    static int run(List<String> arguments, PrintStream out, PrintStream err) {
        if (arguments.contains("--help")) {
            out.print(MerkleOptions.USAGE);
            return 0;
        }
        try {
            return new MerkleProgram(MerkleOptions.parse(arguments), out).run();
        } catch (UsageException e) {
            err.println("merkle: " + e.getMessage());
            err.print(MerkleOptions.USAGE);
            return EXIT_USAGE;
        }
    }

    private int run() {
        cluster.start();
        write();
        part();
        say("# the replicas are compared%n");
        Outcome first = compare();
        say(
                "# %d entries were moved from one side to the other, %d of %d partitions are complete%n",
                first.moved(), first.result().complete(), first.result().partitions());
        Outcome again = compare();
        say("# another comparison moved %d entries in %d bytes%n", again.moved(), again.bytes());
        cluster.finish();
        boolean good = first.result().isComplete()
                && first.moved() == options.differ()
                && again.moved() == 0
                && first.bytes() <= options.bytesMax();
        say(
                "RESULT keys=%d differ=%d bytes=%d seconds=%.1f%n",
                options.keys(), options.differ(), first.bytes(), first.nanos() / 1e9);
        return good ? 0 : EXIT_TOO_MUCH;
    }

    private void write() {
        for (int i = 0; i < options.keys(); i++) {
            map(i % 2).with(ConsistencyLevel.ALL).set((long) i, value());
            if ((i + 1) % PROGRESS_KEYS == 0) {
                say("# %d keys are written%n", i + 1);
            }
        }
    }

    /** Writes what differs while the members do not hear each other. */
    private void part() {
        if (options.differ() == 0) {
            return;
        }
        cluster.network().isolate(1);
        for (int i = 0; i < options.differ(); i++) {
            map(i % 2).with(ConsistencyLevel.ONE).set((long) options.keys() + i, value());
        }
        cluster.runFor(ABSENCE);
        cluster.network().heal();
        cluster.awaitAllAlive();
    }

    private byte[] value() {
        return new byte[options.valueBytes()];
    }

    private KvMap<Long, byte[]> map(int member) {
        return cluster.member(member).store().map("m", Long.class, byte[].class);
    }

    private record Outcome(RepairResult result, long bytes, long nanos) {
        long moved() {
            return result.cellsFetched() + result.cellsPushed();
        }
    }

    private Outcome compare() {
        long bytesBefore = cluster.network().counts().sentBytes();
        long nanosBefore = cluster.loop().nowNanos();
        CompletableFuture<RepairResult> repair =
                cluster.member(0).store().admin().startRepair("m");
        cluster.runUntil("the repair ends", repair::isDone, REPAIR_LIMIT);
        return new Outcome(
                repair.join(),
                cluster.network().counts().sentBytes() - bytesBefore,
                cluster.loop().nowNanos() - nanosBefore);
    }

    private void say(String format, Object... values) {
        out.printf(Locale.ROOT, format, values);
        out.flush();
    }
}
