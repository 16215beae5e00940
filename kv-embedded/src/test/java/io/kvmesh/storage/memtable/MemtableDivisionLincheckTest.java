package io.kvmesh.storage.memtable;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import java.util.TreeSet;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * A memtable whose only leaf is full seems to do each call at once, although the first new key divides the leaf.
 * Confined to the checker's threads.
 */
@Param(name = "key", gen = IntGen.class, conf = "0:63")
@Tag("lincheck")
public class MemtableDivisionLincheckTest {
    private static final int FULL = Leaves.ENTRIES_MAX;

    private final Memtable memtable = new Memtable();

    public MemtableDivisionLincheckTest() {
        // Not in order: the keys that a division takes away stand between those that stay.
        for (int i = 0; i < FULL; i++) {
            put(2 * (i * 7 % FULL));
        }
    }

    @Operation(nonParallelGroup = "writer")
    public void put(@Param(name = "key") int key) {
        memtable.put(key(key), Cell.of(new byte[0], new Version(1, new NodeId(7))), 1);
    }

    @Operation
    public boolean has(@Param(name = "key") int key) {
        return memtable.get(key(key)) != null;
    }

    @Test
    void isLinearizable() {
        new ModelCheckingOptions()
                .iterations(20)
                .invocationsPerIteration(500)
                .threads(2)
                .actorsBefore(0)
                .actorsPerThread(3)
                .actorsAfter(0)
                .sequentialSpecification(Specification.class)
                .addGuarantee(forClasses("io.kvmesh.storage.memtable.Words")
                        .methods("seenInt", "seenAgain", "publishInt")
                        .treatAsAtomic())
                .addGuarantee(forClasses("io.kvmesh.storage.memtable.Words")
                        .methods("getInt", "setInt", "getLong", "setLong", "beforeLaterWrites")
                        .ignore())
                .addGuarantee(forClasses("io.kvmesh.storage.memtable.Arena")
                        .allMethods()
                        .ignore())
                .check(MemtableDivisionLincheckTest.class);
    }

    private static Key key(int number) {
        return Key.of(number, new byte[] {(byte) number});
    }

    /** A set of keys. Used by one thread. */
    public static final class Specification {
        private final TreeSet<Integer> keys = new TreeSet<>();

        public Specification() {
            for (int i = 0; i < FULL; i++) {
                keys.add(2 * i);
            }
        }

        public void put(int key) {
            keys.add(key);
        }

        public boolean has(int key) {
            return keys.contains(key);
        }
    }
}
