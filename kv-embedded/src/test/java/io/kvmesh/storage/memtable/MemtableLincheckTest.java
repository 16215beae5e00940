package io.kvmesh.storage.memtable;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import java.util.TreeMap;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * One writer and any number of readers see a memtable as if each call happened at once. Confined to the checker's
 * threads.
 */
@Param(name = "key", gen = IntGen.class, conf = "0:1")
@Param(name = "stamp", gen = IntGen.class, conf = "1:5")
@Tag("lincheck")
public class MemtableLincheckTest {
    static final long NOTHING = 0;
    /** A cell could be seen that the greatest stamp did not cover yet, so that a reader could skip it wrongly. */
    static final long NOT_COVERED = -1;

    private final Memtable memtable = new Memtable();

    /** The stamp that won over this one, or {@link #NOTHING}. */
    @Operation(nonParallelGroup = "writer")
    public long put(@Param(name = "key") int key, @Param(name = "stamp") int stamp) {
        return stampOf(memtable.put(key(key), cell(stamp), 1));
    }

    @Operation
    public long get(@Param(name = "key") int key) {
        long stamp = stampOf(memtable.get(key(key)));
        return stamp <= memtable.timestampMicrosMax() ? stamp : NOT_COVERED;
    }

    /** What a reader does that has found a stamp elsewhere: it looks here only if there may be something newer. */
    @Operation
    public long newest(@Param(name = "key") int key, @Param(name = "stamp") int found) {
        if (memtable.timestampMicrosMax() < found) {
            return found;
        }
        return Math.max(found, stampOf(memtable.get(key(key))));
    }

    @Test
    void isLinearizable() {
        new ModelCheckingOptions()
                .iterations(12)
                .invocationsPerIteration(1_500)
                .threads(2)
                .actorsPerThread(3)
                // Most of what can go wrong goes wrong with a key's first cell.
                .actorsBefore(0)
                .sequentialSpecification(Specification.class)
                // What is published through these two is all that threads share of an arena.
                .addGuarantee(forClasses("io.kvmesh.storage.memtable.Words")
                        .methods("seenInt", "seenAgain", "publishInt")
                        .treatAsAtomic())
                .addGuarantee(forClasses("io.kvmesh.storage.memtable.Words")
                        .methods("getInt", "setInt", "getLong", "setLong", "beforeLaterWrites")
                        .ignore())
                .addGuarantee(forClasses("io.kvmesh.storage.memtable.Arena")
                        .allMethods()
                        .ignore())
                .check(MemtableLincheckTest.class);
    }

    private static long stampOf(@Nullable Cell cell) {
        return cell == null ? NOTHING : cell.version().timestampMicros();
    }

    private static Key key(int number) {
        return Key.of(number, new byte[] {(byte) number});
    }

    private static Cell cell(int stamp) {
        return Cell.of(new byte[] {(byte) stamp}, new Version(stamp, new NodeId(7)));
    }

    /** A map of stamps. Used by one thread. */
    public static final class Specification {
        private final TreeMap<Integer, Long> stamps = new TreeMap<>();

        public long put(int key, int stamp) {
            long present = get(key);
            stamps.merge(key, (long) stamp, Math::max);
            return present >= stamp ? present : NOTHING;
        }

        public long get(int key) {
            return stamps.getOrDefault(key, NOTHING);
        }

        public long newest(int key, int found) {
            return Math.max(found, get(key));
        }
    }
}
