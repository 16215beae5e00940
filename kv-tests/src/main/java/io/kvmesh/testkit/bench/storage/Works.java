package io.kvmesh.testkit.bench.storage;

import io.kvmesh.runtime.RandomSource;
import java.util.function.Consumer;

/** What single threads do: pieces from which the workloads are put together. Stateless. */
final class Works {
    private Works() {}

    /** Repeats a call until the time is over. */
    static Workers.Work endless(Consumer<Meter> call) {
        return meter -> {
            call.accept(meter);
            return true;
        };
    }

    /** Performs a work a number of times. */
    static Workers.Work times(int count, Workers.Work work) {
        int[] left = {count};
        return meter -> {
            boolean more = work.step(meter);
            left[0]--;
            return more && left[0] > 0;
        };
    }

    /** Writes the records of an order from one place (inclusive) to another (exclusive). */
    static Workers.Work inOrder(Records records, int[] order, int from, int to, Progress progress) {
        int[] next = {from};
        return meter -> {
            records.write(order[next[0]], Records.FIRST_VERSION, meter);
            next[0]++;
            progress.done(1);
            return next[0] < to;
        };
    }

    /** Writes the records of an order from one place (inclusive) to another (exclusive) in batches. */
    static Workers.Work inBatches(Records records, int[] order, int from, int to, int batch, Progress progress) {
        int[] next = {from};
        return meter -> {
            int end = Math.min(to, next[0] + batch);
            records.writeBatch(order, next[0], end, Records.FIRST_VERSION, meter);
            progress.done(end - next[0]);
            next[0] = end;
            return end < to;
        };
    }

    /** Writes new versions of records that are this writer's and nobody else's, drawn at random. */
    static Workers.Work overwriting(Records records, int writers, int writer, RandomSource random) {
        int[] version = {Records.FIRST_VERSION};
        int share = records.entries() / writers;
        return endless(meter -> {
            version[0]++;
            records.write(random.nextInt(share) * writers + writer, version[0], meter);
        });
    }

    static int[] ascending(int count) {
        int[] order = new int[count];
        for (int i = 0; i < count; i++) {
            order[i] = i;
        }
        return order;
    }

    static int[] shuffled(int count, RandomSource random) {
        int[] order = ascending(count);
        for (int i = count - 1; i > 0; i--) {
            int other = random.nextInt(i + 1);
            int kept = order[i];
            order[i] = order[other];
            order[other] = kept;
        }
        return order;
    }
}
