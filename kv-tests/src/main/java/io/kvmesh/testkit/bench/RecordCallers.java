package io.kvmesh.testkit.bench;

import io.kvmesh.api.KvMap;
import io.kvmesh.runtime.RandomSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The load of one member: fills the map, then reads and writes zipfian keys and verifies every value that it reads.
 * Used
 * by one thread, which starts the callers.
 *
 * <p>A value read is wrong if it is missing, damaged, of another record, or older than a write of the same caller that
 * was acknowledged before: reads and writes at QUORUM must see each other.
 */
final class RecordCallers {
    private static final int WRITERS_PER_MEMBER_MAX = 10_000;
    private static final int PROGRESS_STEP = 2_000;
    /** Sequences grow over the points, so that what a point wrote is newer than what any earlier one wrote. */
    private static final int POINT_SHIFT = 40;

    private final KvMap<String, byte[]> map;
    private final int member;
    private final int valueBytes;
    private final String[] keys;
    private final ZipfianKeys zipfian;

    RecordCallers(KvMap<String, byte[]> map, int member, int records, int valueBytes) {
        this.map = map;
        this.member = member;
        this.valueBytes = valueBytes;
        zipfian = new ZipfianKeys(records, ZipfianKeys.THETA);
        keys = new String[records];
        for (int i = 0; i < records; i++) {
            keys[i] = String.format(Locale.ROOT, "record-%09d", i);
        }
    }

    /** Writes the records of a range. */
    PointSample load(int from, int to, int threads, IntConsumer progress) throws InterruptedException {
        AtomicInteger next = new AtomicInteger(from);
        List<Loader> loaders = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            loaders.add(new Loader(next, from, to, progress));
        }
        loaders.forEach(Thread::start);
        PointSample total = new PointSample();
        for (Loader loader : loaders) {
            loader.join();
            total.merge(loader.sample);
        }
        return total;
    }

    /** Reads and writes for a while. */
    PointSample point(int point, int threads, int writePercent, Callers.Window window) throws InterruptedException {
        return Callers.run(threads, caller -> new RecordCaller(point, caller, writePercent), window);
    }

    /** Writes records that no other caller writes at the same time. */
    private final class Loader extends Thread {
        private static final int ATTEMPTS_MAX = 5;

        private final AtomicInteger next;
        private final int from;
        private final int to;
        private final IntConsumer progress;
        private final PointSample sample = new PointSample();

        Loader(AtomicInteger next, int from, int to, IntConsumer progress) {
            super("loader");
            setDaemon(true);
            this.next = next;
            this.from = from;
            this.to = to;
            this.progress = progress;
        }

        @Override
        public void run() {
            int record = next.getAndIncrement();
            while (record < to) {
                write(record);
                int done = record - from + 1;
                if (done % PROGRESS_STEP == 0) {
                    progress.accept(done);
                }
                record = next.getAndIncrement();
            }
        }

        private void write(int record) {
            byte[] value = RecordPattern.make(valueBytes, record, -1 - member, 0);
            RuntimeException last = null;
            for (int attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
                long start = System.nanoTime();
                try {
                    map.set(keys[record], value);
                    sample.writes.record(System.nanoTime() - start);
                    return;
                } catch (RuntimeException e) {
                    last = e;
                    sample.error(e);
                }
            }
            throw new IllegalStateException("record " + record + " cannot be written", last);
        }
    }

    /** One thread's reads and writes. Confined to that thread. */
    private final class RecordCaller implements Callers.Caller {
        private final int writePercent;
        private final int writer;
        private final RandomSource random;
        /** What this caller wrote last to each record and saw acknowledged; 0 for nothing. */
        private final long[] acknowledged = new long[keys.length];

        private long sequence;

        RecordCaller(int point, int caller, int writePercent) {
            this.writePercent = writePercent;
            writer = member * WRITERS_PER_MEMBER_MAX + caller;
            random = RandomSource.seeded((long) point << 32 | writer);
            sequence = (long) point << POINT_SHIFT;
        }

        @Override
        public void call(PointSample sample) {
            int record = zipfian.next(random);
            boolean write = writePercent > 0 && random.nextInt(100) < writePercent;
            try {
                if (write) {
                    write(record, sample);
                } else {
                    read(record, sample);
                }
            } catch (RuntimeException e) {
                sample.error(e);
            }
        }

        private void read(int record, PointSample sample) {
            long start = System.nanoTime();
            byte[] value = map.get(keys[record]);
            sample.reads.record(System.nanoTime() - start);
            String fault = faultOf(value, record);
            if (fault != null) {
                sample.wrong(fault);
            }
        }

        private void write(int record, PointSample sample) {
            sequence++;
            byte[] value = RecordPattern.make(valueBytes, record, writer, sequence);
            long start = System.nanoTime();
            map.set(keys[record], value);
            sample.writes.record(System.nanoTime() - start);
            acknowledged[record] = sequence;
        }

        private @Nullable String faultOf(byte @Nullable [] value, int record) {
            if (value == null) {
                return "record " + record + " is missing";
            }
            String fault = RecordPattern.fault(value, record);
            if (fault != null) {
                return fault;
            }
            long own = acknowledged[record];
            long read = RecordPattern.sequence(value);
            boolean older = read >>> POINT_SHIFT < own >>> POINT_SHIFT;
            boolean olderOfOwn = RecordPattern.writer(value) == writer && read < own;
            return older || olderOfOwn
                    ? "record " + record + " was read with sequence " + read + " after " + own + " was acknowledged"
                    : null;
        }
    }
}
