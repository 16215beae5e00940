package io.kvmesh.testkit.gossip;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.kvmesh.membership.Membership;
import io.kvmesh.testkit.bench.UsageException;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import org.slf4j.LoggerFactory;

/** Lets news spread through a simulated ring, and says how fast. Confined to one thread. */
public final class GossipProgram {
    static final int EXIT_TOO_SLOW = 1;
    private static final int EXIT_USAGE = 2;
    private static final int SETTLE_ROUNDS_MAX = 60;
    /** Rounds over which the traffic of a ring without changes is counted. */
    private static final int QUIET_ROUNDS = 5;
    /** A ring that has not heard of a change by then is given up. */
    private static final int GIVE_UP_FACTOR = 5;

    private final GossipOptions options;
    private final PrintStream out;
    private final GossipRing ring;

    private GossipProgram(GossipOptions options, PrintStream out) {
        this.options = options;
        this.out = out;
        this.ring = new GossipRing(options.loss(), options.seed());
    }

    public static void main(String[] arguments) {
        System.exit(run(List.of(arguments), System.out, System.err));
    }

    static int run(List<String> arguments, PrintStream out, PrintStream err) {
        if (arguments.contains("--help")) {
            out.print(GossipOptions.USAGE);
            return 0;
        }
        Logger members = (Logger) LoggerFactory.getLogger(Membership.class);
        Level before = members.getLevel();
        // Each of a thousand members logs what it learns of each other one.
        members.setLevel(Level.WARN);
        try {
            return new GossipProgram(GossipOptions.parse(arguments), out).run();
        } catch (UsageException e) {
            err.println("gossip: " + e.getMessage());
            err.print(GossipOptions.USAGE);
            return EXIT_USAGE;
        } finally {
            members.setLevel(before);
        }
    }

    private int run() {
        say(
                "# %d members, %.0f %% of messages are lost, seed %d; a round is a second of virtual time%n",
                options.members(), 100 * options.loss(), options.seed());
        settle();
        double quietBytes = quietBytes();
        int worst = 0;
        for (int change = 1; change <= options.changes(); change++) {
            worst = Math.max(worst, spread(change));
        }
        boolean fast = worst <= options.roundsMax();
        say(
                "RESULT members=%d rounds=%d limit=%d bytes_per_member_per_round=%.0f%n",
                options.members(), worst, options.roundsMax(), quietBytes);
        return fast ? 0 : EXIT_TOO_SLOW;
    }

    private void settle() {
        ring.startAll(options.members());
        for (int round = 1; round <= SETTLE_ROUNDS_MAX; round++) {
            ring.run(GossipRing.ROUND_NANOS);
            int doubted = ring.doubted();
            say(
                    "# started, after %d rounds %d of %d pairs do not see each other alive%n",
                    round, doubted, options.members() * (options.members() - 1));
            if (doubted == 0) {
                return;
            }
        }
        say("# going on with a ring that does not see all its members%n");
    }

    private double quietBytes() {
        long before = ring.sentBytes();
        ring.run(QUIET_ROUNDS * GossipRing.ROUND_NANOS);
        return (double) (ring.sentBytes() - before) / QUIET_ROUNDS / ring.size();
    }

    /** How many rounds pass until all others know a member that comes. */
    private int spread(int change) {
        int others = ring.size();
        ring.join();
        StringBuilder course = new StringBuilder();
        int rounds = 0;
        int informed = 0;
        while (informed < others && rounds < GIVE_UP_FACTOR * options.roundsMax()) {
            ring.run(GossipRing.ROUND_NANOS);
            rounds++;
            informed = ring.informed();
            course.append(' ').append(informed);
        }
        say(
                "change %d: %s after %d rounds; informed after each:%s%n",
                change, informed == others ? "known to all" : "given up", rounds, course);
        return informed == others ? rounds : Integer.MAX_VALUE;
    }

    private void say(String format, Object... values) {
        out.printf(Locale.ROOT, format, values);
        out.flush();
    }
}
