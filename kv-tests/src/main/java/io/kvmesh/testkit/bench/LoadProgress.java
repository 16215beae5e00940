package io.kvmesh.testkit.bench;

import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Shows how far the members have loaded their shares of the records. Confined to one thread. */
final class LoadProgress {
    private static final int STEPS = 10;

    private final List<ChildJvm> members;
    private final int records;
    private final PrintStream out;

    LoadProgress(List<ChildJvm> members, int records, PrintStream out) {
        this.members = members;
        this.records = records;
        this.out = out;
    }

    /** Waits for all members, which load at the same time at about the same pace, and returns what they counted. */
    PointSample awaitLoaded(Duration silenceMax) {
        long[] done = new long[members.size()];
        PointSample total = new PointSample();
        int shown = 0;
        int waiting = members.size();
        boolean[] loaded = new boolean[members.size()];
        while (waiting > 0) {
            for (int i = 0; i < members.size(); i++) {
                if (loaded[i]) {
                    continue;
                }
                String answer = members.get(i).await("load", silenceMax);
                if (answer.startsWith("progress ")) {
                    done[i] = Long.parseLong(answer.substring("progress ".length()));
                } else {
                    total.merge(PointSample.decode(answer));
                    loaded[i] = true;
                    waiting--;
                }
            }
            shown = show(done, shown);
        }
        return total;
    }

    private int show(long[] done, int shown) {
        long sum = 0;
        for (long part : done) {
            sum += part;
        }
        int step = (int) (sum * STEPS / records);
        if (step > shown) {
            out.printf(Locale.ROOT, "# loading: %3d %% of %d records%n", step * 100 / STEPS, records);
            out.flush();
        }
        return Math.max(step, shown);
    }
}
