package io.kvmesh.storage;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import io.kvmesh.api.Compaction;
import io.kvmesh.storage.memtable.Memtable;
import io.kvmesh.storage.sstable.TableOptions;
import io.kvmesh.storage.sstable.TableReader;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Readers without a lock see every write of a map, while its memtables are set aside and replaced by tables. Confined
 * to the checker's threads.
 *
 * <p>The tables are real ones, made beforehand: one for everything that a memtable can hold here.
 */
@Param(name = "key", gen = IntGen.class, conf = "0:1")
@Param(name = "stamp", gen = IntGen.class, conf = "1:4")
@Tag("lincheck")
public class MapStoreLincheckTest {
    private static final PreparedTables TABLES = PreparedTables.upTo(4);

    private final ReentrantLock appendLock = new ReentrantLock();
    private final MapStore map = new MapStore(
            StorageFixture.CITIES,
            MapView.of(new Memtable(), List.of(), List.of()),
            Compaction.sizeTiered(),
            TableOptions.ofBlockBytes(512),
            new MemtableBudget(1 << 20),
            new ReadCounts());

    @Operation
    public void write(@Param(name = "key") int key, @Param(name = "stamp") int stamp) {
        appendLock.lock();
        try {
            map.put(PreparedTables.key(key), PreparedTables.cell(stamp), 1);
        } finally {
            appendLock.unlock();
        }
    }

    @Operation
    public void rotate() {
        appendLock.lock();
        try {
            if (map.canRotate()) {
                map.rotate(1);
            }
        } finally {
            appendLock.unlock();
        }
    }

    /** Replaces the oldest memtable that waits by a table; sets the active one aside when none waits. */
    @Operation(nonParallelGroup = "flusher")
    public void flush() {
        if (map.view().waiting().isEmpty()) {
            rotate();
        }
        List<Memtable> waiting = map.view().waiting();
        if (waiting.isEmpty()) {
            return;
        }
        Memtable oldest = waiting.get(waiting.size() - 1);
        TableReader table = TABLES.of(stamp(oldest, 0), stamp(oldest, 1));
        appendLock.lock();
        try {
            map.flushed(oldest, table);
        } finally {
            appendLock.unlock();
        }
    }

    @Operation
    public int read(@Param(name = "key") int key) {
        return PreparedTables.stampOf(map.read(PreparedTables.key(key), false));
    }

    @Test
    void isLinearizable() {
        new ModelCheckingOptions()
                .iterations(8)
                .invocationsPerIteration(100)
                .threads(2)
                .actorsPerThread(3)
                .actorsBefore(3)
                .sequentialSpecification(Specification.class)
                .addGuarantee(forClasses(
                                "io.kvmesh.storage.sstable.TableReader",
                                "io.kvmesh.storage.PreparedTables",
                                "java.util.concurrent.atomic.LongAdder")
                        .allMethods()
                        .ignore())
                // What is published through these two is all that threads share of an arena.
                .addGuarantee(forClasses("io.kvmesh.storage.memtable.Words")
                        .methods("seenInt", "publishInt")
                        .treatAsAtomic())
                .addGuarantee(forClasses("io.kvmesh.storage.memtable.Words")
                        .methods("getInt", "setInt", "getLong", "setLong")
                        .ignore())
                .addGuarantee(forClasses("io.kvmesh.storage.memtable.Arena")
                        .allMethods()
                        .ignore())
                .check(MapStoreLincheckTest.class);
    }

    private static int stamp(Memtable memtable, int key) {
        return PreparedTables.stampOf(memtable.get(PreparedTables.key(key)));
    }

    /** A map of stamps, to which setting memtables aside does nothing. Used by one thread. */
    public static final class Specification {
        private final TreeMap<Integer, Integer> stamps = new TreeMap<>();

        public void write(int key, int stamp) {
            stamps.merge(key, stamp, Math::max);
        }

        public void rotate() {}

        public void flush() {}

        public int read(int key) {
            return stamps.getOrDefault(key, 0);
        }
    }
}
