package io.kvmesh.testkit.bench.storage;

import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/** An engine in memory that does one thing wrong, to show that it is noticed. Safe for any thread. */
final class FaultyEngine implements BenchEngine {
    private static final long AFFLICTED_STRIDE = 97;

    private final ConcurrentSkipListMap<byte[], byte[]> entries = new ConcurrentSkipListMap<>(Arrays::compareUnsigned);
    private final Fault fault;

    FaultyEngine(Fault fault) {
        this.fault = fault;
    }

    enum Fault {
        NONE,
        FORGETS_A_WRITE,
        KEEPS_THE_FIRST_WRITE,
        DAMAGES_A_VALUE,
        SKIPS_IN_A_SCAN,
        INVENTS_A_VALUE,
        FAILS
    }

    /** Opens one and the same engine again and again. Stateless, but for the engine. */
    static EngineProvider provider(BenchEngine engine) {
        return new EngineProvider() {
            @Override
            public String name() {
                return "faulty";
            }

            @Override
            public String describe(EngineSettings settings) {
                return "in memory";
            }

            @Override
            public BenchEngine open(EngineSettings settings) {
                return engine;
            }

            @Override
            public boolean survivesKill() {
                return false;
            }
        };
    }

    private static boolean isAfflicted(byte[] key) {
        return BenchRecords.record(key, 0) % AFFLICTED_STRIDE == 5;
    }

    @Override
    public void put(byte[] key, byte[] value) {
        if (fault == Fault.FAILS && isAfflicted(key)) {
            throw new IllegalStateException("the disk is full");
        }
        if (fault == Fault.KEEPS_THE_FIRST_WRITE && isAfflicted(key)) {
            entries.putIfAbsent(key, value);
        } else if (fault != Fault.FORGETS_A_WRITE || !isAfflicted(key)) {
            entries.put(key, value);
        }
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
        byte[] value = entries.get(key);
        if (value != null && fault == Fault.DAMAGES_A_VALUE && isAfflicted(key)) {
            byte[] damaged = value.clone();
            damaged[damaged.length - 1]++;
            return damaged;
        }
        return value == null && fault == Fault.INVENTS_A_VALUE ? new byte[1] : value;
    }

    @Override
    public long scan(byte[] from, long limit, EntryVisitor visitor) {
        long seen = 0;
        for (Map.Entry<byte[], byte[]> entry : entries.tailMap(from).entrySet()) {
            if (seen < limit && (fault != Fault.SKIPS_IN_A_SCAN || !isAfflicted(entry.getKey()))) {
                visitor.entry(entry.getKey(), 0, entry.getValue());
                seen++;
            }
        }
        return seen;
    }

    @Override
    public void flush() {}

    @Override
    public void settle() {}

    @Override
    public long tableBytes() {
        return 0;
    }

    @Override
    public void close() {}
}
