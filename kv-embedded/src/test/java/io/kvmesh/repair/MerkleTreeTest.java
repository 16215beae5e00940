package io.kvmesh.repair;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.KvException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Hash128;
import io.kvmesh.model.Key;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trees of real engines: what they depend on, and what not. */
class MerkleTreeTest {
    private static final int PARTITION = 3;
    private static final long NOW_MICROS = 1_000_000_000;
    private static final long FORGOTTEN_BEFORE_MICROS = 500;
    private static final int KEYS = 300;

    @TempDir
    private Path directory;

    private @Nullable RepairMesh opened;

    private RepairMesh mesh() throws IOException {
        RepairMesh mesh = opened;
        if (mesh == null) {
            mesh = new RepairMesh(directory).add(2);
            opened = mesh;
        }
        return mesh;
    }

    private RepairMesh.Member one() throws IOException {
        return mesh().member(0);
    }

    private RepairMesh.Member two() throws IOException {
        return mesh().member(1);
    }

    @AfterEach
    void close() throws IOException {
        mesh().close();
    }

    private static Key key(int number) {
        return RepairMesh.key(PARTITION, "k" + number);
    }

    private static Map<Key, Cell> cells() {
        Map<Key, Cell> cells = new TreeMap<>();
        for (int i = 0; i < KEYS; i++) {
            long stamp = 1_000L + i;
            cells.put(
                    key(i),
                    switch (i % 3) {
                        case 0 -> RepairMesh.tombstone(stamp);
                        case 1 -> RepairMesh.cell("v" + i, stamp);
                        default -> expiring("v" + i, stamp, 2 * NOW_MICROS);
                    });
        }
        return cells;
    }

    private static Cell expiring(String value, long stamp, long expiryMicros) {
        return Cell.expiring(value.getBytes(StandardCharsets.UTF_8), new Version(stamp, new NodeId(7)), expiryMicros);
    }

    private static void writeAll(RepairMesh.Member member, Map<Key, Cell> cells) {
        cells.forEach(member::write);
    }

    private MerkleTree tree(RepairMesh.Member member) throws IOException {
        List<MerkleTree.Builder> built = new ArrayList<>();
        CompareScope scope = new CompareScope(RepairMesh.CITIES.id(), PARTITION, FORGOTTEN_BEFORE_MICROS, NOW_MICROS);
        TreeBuilding.start(member.seams, scope, new TreeBuilding.Listener() {
            @Override
            public void onBuilt(MerkleTree.Builder builder) {
                built.add(builder);
            }

            @Override
            public void onFailed(KvException reason) {
                throw reason;
            }
        });
        mesh().scheduler.runAll();
        return built.get(0).build(MerkleTree.levelsFor(built.get(0).keys()));
    }

    @Test
    void neitherOrderNorTablesNorMergesChangeATree() throws IOException {
        writeAll(one(), cells());
        List<Map.Entry<Key, Cell>> shuffled = new ArrayList<>(cells().entrySet());
        Collections.shuffle(shuffled, new Random(1));
        two().write(key(4), RepairMesh.cell("older", 5));
        two().write(key(6), RepairMesh.cell("older", 6));
        for (int i = 0; i < shuffled.size(); i++) {
            two().write(shuffled.get(i).getKey(), shuffled.get(i).getValue());
            if (i % 60 == 0) {
                two().engine.flush();
            }
        }
        Hash128 root = tree(one()).root();
        assertThat(tree(two()).root()).isEqualTo(root);
        assertThat(tree(two()).keys()).isEqualTo(KEYS);
        two().engine.flush();
        two().engine.compact();
        mesh().scheduler.runAll();
        assertThat(two().engine.info().compactions().finishedCount()).isPositive();
        assertThat(tree(two()).root()).isEqualTo(root);
        two().write(RepairMesh.key(PARTITION + 1, "other partition"), RepairMesh.cell("v", 9_999));
        assertThat(tree(two()).root()).isEqualTo(root);
    }

    @Test
    void everySingleChangeChangesTheRootAndOneLeaf() throws IOException {
        writeAll(one(), cells());
        MerkleTree before = tree(one());
        List<Map.Entry<Key, Cell>> changes = List.of(
                Map.entry(key(1), RepairMesh.cell("v1", 1_002)),
                Map.entry(key(1), Cell.of("v1".getBytes(StandardCharsets.UTF_8), new Version(1_002, new NodeId(8)))),
                Map.entry(key(1), Cell.of("v2".getBytes(StandardCharsets.UTF_8), new Version(1_002, new NodeId(8)))),
                Map.entry(key(1), RepairMesh.tombstone(1_003)),
                Map.entry(key(1), expiring("v2", 1_004, 3 * NOW_MICROS)),
                Map.entry(key(1), expiring("v2", 1_005, 4 * NOW_MICROS)),
                Map.entry(key(3), RepairMesh.tombstone(1_100)),
                Map.entry(key(KEYS), RepairMesh.tombstone(1_000)),
                Map.entry(key(KEYS + 1), RepairMesh.cell("", 1_000)));
        for (Map.Entry<Key, Cell> change : changes) {
            one().write(change.getKey(), change.getValue());
            MerkleTree after = tree(one());
            assertThat(after.root()).as("%s", change).isNotEqualTo(before.root());
            assertThat(differingLeaves(before, after)).as("%s", change).isEqualTo(1);
            before = after;
        }
    }

    private static long differingLeaves(MerkleTree first, MerkleTree second) {
        assertThat(first.levels()).isEqualTo(second.levels());
        long differing = 0;
        for (int leaf = 0; leaf < MerkleTree.leaves(first.levels()); leaf++) {
            differing += first.node(first.levels(), leaf).equals(second.node(first.levels(), leaf)) ? 0 : 1;
        }
        return differing;
    }

    @Test
    void whatReplicasMayHaveForgottenDoesNotCount() throws IOException {
        writeAll(one(), cells());
        writeAll(two(), cells());
        Hash128 root = tree(one()).root();
        one().write(RepairMesh.key(PARTITION, "deleted"), RepairMesh.tombstone(FORGOTTEN_BEFORE_MICROS - 1));
        one().write(RepairMesh.key(PARTITION, "expired"), expiring("v", FORGOTTEN_BEFORE_MICROS - 1, NOW_MICROS));
        assertThat(tree(one()).root()).isEqualTo(root);
        one().write(RepairMesh.key(PARTITION, "deleted"), RepairMesh.tombstone(FORGOTTEN_BEFORE_MICROS));
        assertThat(tree(one()).root()).isNotEqualTo(root);
    }

    @Test
    void whatExpiredCountsAsTheDeletionThatItBecomes() throws IOException {
        one().write(key(1), expiring("v", 1_000, NOW_MICROS));
        two().write(key(1), RepairMesh.tombstone(1_000));
        assertThat(tree(one()).root()).isEqualTo(tree(two()).root());
        one().write(key(2), expiring("v", 1_000, NOW_MICROS + 1));
        two().write(key(2), RepairMesh.tombstone(1_000));
        assertThat(tree(one()).root()).isNotEqualTo(tree(two()).root());
    }

    @Test
    void aTreeHasAsManyLeavesAsSuitItsKeysAndItsNodesAreSums() {
        assertThat(MerkleTree.levelsFor(0)).isZero();
        assertThat(MerkleTree.levelsFor(8)).isZero();
        assertThat(MerkleTree.levelsFor(9)).isEqualTo(1);
        assertThat(MerkleTree.levelsFor(977)).isEqualTo(2);
        assertThat(MerkleTree.levelsFor(Long.MAX_VALUE)).isEqualTo(MerkleTree.LEVELS_MAX);
        MerkleTree.Builder builder = new MerkleTree.Builder();
        Random random = new Random(2);
        for (int i = 0; i < 1_000; i++) {
            builder.add(
                    new Hash128(random.nextLong(), random.nextLong()),
                    new Hash128(random.nextLong(), random.nextLong()));
        }
        for (int levels = 0; levels <= MerkleTree.LEVELS_MAX; levels++) {
            MerkleTree tree = builder.build(levels);
            assertThat(tree.levels()).isEqualTo(levels);
            assertThat(tree.root()).isEqualTo(builder.build(0).root());
            for (int level = 0; level < levels; level++) {
                for (int node = 0; node < MerkleTree.leaves(level); node += 7) {
                    long high = 0;
                    for (Hash128 child : tree.children(level, node)) {
                        high += child.high();
                    }
                    assertThat(tree.node(level, node).high()).isEqualTo(high);
                }
            }
        }
    }

    @Test
    void aKeyHasItsLeafByTheFirstBitsOfItsHash() {
        Hash128 hash = new Hash128(0xFEDC_BA98_7654_3210L, 0);
        assertThat(MerkleTree.leafOf(hash, 0)).isZero();
        assertThat(MerkleTree.leafOf(hash, 1)).isEqualTo(0xF);
        assertThat(MerkleTree.leafOf(hash, 4)).isEqualTo(0xFEDC);
    }
}
