package io.kvmesh.testkit.ring;

import io.kvmesh.testkit.bench.UsageException;
import io.kvmesh.testkit.ring.RingGrowth.Balance;
import io.kvmesh.testkit.ring.RingGrowth.Move;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** Grows a ring, prints how evenly it is shared on the way, and draws the end. Confined to one thread. */
public final class RingProgram {
    private static final int EXIT_USAGE = 2;
    private static final double BUCKET = 0.02;
    private static final int BAR_MAX = 60;

    private final RingOptions options;
    private final PrintStream out;
    private double most;
    private double mostMoved;

    private RingProgram(RingOptions options, PrintStream out) {
        this.options = options;
        this.out = out;
    }

    public static void main(String[] arguments) {
        System.exit(run(List.of(arguments), System.out, System.err));
    }

    static int run(List<String> arguments, PrintStream out, PrintStream err) {
        if (arguments.contains("--help")) {
            out.print(RingOptions.USAGE);
            return 0;
        }
        try {
            new RingProgram(RingOptions.parse(arguments), out).run();
            return 0;
        } catch (UsageException e) {
            err.println("ring: " + e.getMessage());
            err.print(RingOptions.USAGE);
            return EXIT_USAGE;
        }
    }

    private void run() {
        say(
                "# %d partitions, %d tokens at weight 1, replication %s, weights %s, %d racks, seed %d%n",
                options.partitions(),
                options.vnodes(),
                options.replication(),
                options.weights(),
                options.racks(),
                options.seed());
        say("# 1.000 is a fair share; first: of first replicas; moved: copies that moved, by the fewest that had to%n");
        say("members   most  least  first  moved%n");
        RingGrowth ring = new RingGrowth(options);
        while (ring.size() < options.members()) {
            Move move = ring.join();
            boolean counts = ring.size() > options.replication().total();
            Balance balance = counts || isShown(ring.size()) ? ring.balance() : new Balance(1, 1, 1);
            if (counts) {
                most = Math.max(most, balance.most());
                mostMoved = Math.max(mostMoved, move.ratio());
            }
            if (isShown(ring.size())) {
                show(ring.size() + "", balance, move);
            }
        }
        draw(ring.loads());
        Balance end = ring.balance();
        if (ring.size() > 1) {
            Move move = ring.leave();
            show("-1", ring.balance(), move);
            mostMoved = Math.max(mostMoved, move.ratio());
        }
        say(
                "RESULT members=%d max_over_fair=%.3f moved_over_minimum=%.3f max_over_fair_on_the_way=%.3f%n",
                options.members(), end.most(), mostMoved, Math.max(most, end.most()));
    }

    /** Sizes 1, 2, 3, 5, 10, 20, 30, 50, 100 and so on, and the last. */
    private boolean isShown(int size) {
        int power = 1;
        while (power * 10 <= size) {
            power *= 10;
        }
        boolean round = size % power == 0 && List.of(1, 2, 3, 5).contains(size / power);
        return round || size == options.members();
    }

    private void show(String size, Balance balance, Move move) {
        say(
                "%7s  %5.3f  %5.3f  %5.3f  %5.3f%n",
                size, balance.most(), balance.least(), balance.mostFirst(), move.ratio());
    }

    /** How many members hold how much, one line for each fiftieth of a fair share. */
    private void draw(double[] loads) {
        int low = Integer.MAX_VALUE;
        int high = 0;
        for (double load : loads) {
            low = Math.min(low, bucket(load));
            high = Math.max(high, bucket(load));
        }
        int[] counts = new int[high - low + 1];
        int largest = 1;
        for (double load : loads) {
            largest = Math.max(largest, ++counts[bucket(load) - low]);
        }
        for (int i = 0; i < counts.length; i++) {
            int length = (int) Math.ceil((double) counts[i] * BAR_MAX / largest);
            say("  %4.2f of a fair share %5d %s%n", (low + i) * BUCKET, counts[i], "#".repeat(length));
        }
    }

    private static int bucket(double load) {
        return (int) Math.round(load / BUCKET);
    }

    private void say(String format, Object... values) {
        out.printf(Locale.ROOT, format, values);
        out.flush();
    }
}
