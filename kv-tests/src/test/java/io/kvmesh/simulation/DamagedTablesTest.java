package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.KvStore;
import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.CorruptDataException;
import io.kvmesh.api.Health;
import io.kvmesh.api.KvConfig;
import io.kvmesh.api.KvException;
import io.kvmesh.api.KvMap;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bits of SSTables change on the disk of a member, and the other replicas make up for it. */
class DamagedTablesTest {
    private static final int KEYS = 120;
    private static final Duration REPAIR_LIMIT = Duration.ofMinutes(3);

    private SimCluster cluster = SimCluster.of(1).seed(0);

    @AfterEach
    void nothingFailedInsideAMember() {
        cluster.finish();
    }

    private void start(int members, long seed) {
        cluster = SimCluster.of(members).seed(seed).start();
    }

    private KvMap<String, String> map(int member) {
        return cluster.member(member).store().map("m", String.class, String.class);
    }

    private void writeAll(int member, String value) {
        for (int i = 0; i < KEYS; i++) {
            map(member).with(ConsistencyLevel.ALL).set("k" + i, value + i);
        }
        cluster.members().stream()
                .filter(SimMember::isOpen)
                .forEach(each -> each.store().admin().flush());
    }

    private void expectAll(int member, ConsistencyLevel level, String value) {
        for (int i = 0; i < KEYS; i++) {
            assertThat(map(member).with(level).get("k" + i)).isEqualTo(value + i);
        }
    }

    private SortedMap<Path, Long> tables(int member) {
        SortedMap<Path, Long> tables = new TreeMap<>();
        cluster.member(member).disk().fileSizesBytes().forEach((file, size) -> {
            if (file.toString().endsWith(".sst") && file.toString().contains("tables")) {
                tables.put(file, size);
            }
        });
        return tables;
    }

    /** Changes a bit in each of several places of every table, before its last bytes. */
    private void damageBlocks(int member) throws IOException {
        for (Map.Entry<Path, Long> table : tables(member).entrySet()) {
            for (int part = 0; part < 3; part++) {
                long offset = 20 + part * table.getValue() / 5;
                cluster.member(member).disk().flipBits(table.getKey(), offset, 4);
            }
        }
    }

    private void damageFooters(int member) throws IOException {
        for (Map.Entry<Path, Long> table : tables(member).entrySet()) {
            cluster.member(member).disk().flipBits(table.getKey(), table.getValue() - 6, 1);
        }
    }

    private long damagedTables(int member) {
        return cluster.member(member).store().admin().storage().disk().damagedSstableCount();
    }

    private void awaitRepair(int member) {
        cluster.runUntil("no table is damaged", () -> damagedTables(member) == 0, REPAIR_LIMIT);
    }

    private long quarantined(int member) {
        return cluster.member(member).disk().fileSizesBytes().keySet().stream()
                .filter(file -> file.toString().contains("quarantine"))
                .count();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void readsAreAnsweredByOthersUntilTheTableIsRepaired(long seed) throws IOException {
        start(3, seed);
        writeAll(0, "v");
        damageBlocks(0);
        expectAll(0, ConsistencyLevel.ONE, "v");
        assertThat(damagedTables(0)).isPositive();
        assertThat(cluster.member(0).store().health().status()).isEqualTo(Health.Status.DEGRADED);
        assertThat(cluster.member(0).store().health().problems())
                .anySatisfy(problem -> assertThat(problem).contains(".sst").contains("offset"));
        expectAll(0, ConsistencyLevel.QUORUM, "v");
        expectAll(1, ConsistencyLevel.QUORUM, "v");
        awaitRepair(0);
        expectAll(0, ConsistencyLevel.ALL, "v");
        assertThat(quarantined(0)).isPositive();
        assertThat(cluster.member(0).store().health().status()).isEqualTo(Health.Status.OK);
        cluster.member(0).stop();
        cluster.member(0).start();
        cluster.awaitAllAlive();
        expectAll(0, ConsistencyLevel.ALL, "v");
    }

    @Test
    void aMemberWhoseTablesCannotBeOpenedStartsAndIsRepaired() throws IOException {
        start(3, 4);
        writeAll(0, "v");
        cluster.member(0).stop();
        damageFooters(0);
        cluster.network().isolate(0);
        cluster.member(0).start();
        assertThat(damagedTables(0)).isPositive();
        assertThatThrownBy(() -> map(0).with(ConsistencyLevel.ONE).get("k1")).isInstanceOf(KvException.class);
        cluster.member(0).kill();
        cluster.network().heal();
        cluster.member(0).start();
        assertThat(damagedTables(0)).as("it is remembered").isPositive();
        cluster.awaitAllAlive();
        expectAll(0, ConsistencyLevel.QUORUM, "v");
        awaitRepair(0);
        expectAll(0, ConsistencyLevel.ALL, "v");
        expectAll(0, ConsistencyLevel.ONE, "v");
    }

    @Test
    void whatOnlyOneOtherReplicaHasIsWaitedFor() throws IOException {
        start(3, 5);
        writeAll(0, "old");
        cluster.network().isolate(2);
        for (int i = 0; i < KEYS; i++) {
            map(0).set("k" + i, "new" + i);
        }
        cluster.members().forEach(member -> member.store().admin().flush());
        cluster.network().heal();
        cluster.awaitAllAlive();
        damageFooters(0);
        cluster.member(0).kill();
        cluster.member(1).kill();
        cluster.member(0).start();
        cluster.runFor(Duration.ofMinutes(5));
        assertThat(damagedTables(0)).isPositive();
        assertThat(cluster.member(0).store().health().problems())
                .anySatisfy(
                        problem -> assertThat(problem).contains("repair waits").contains("is not connected"));
        assertNeverOld(2);
        cluster.member(1).start();
        cluster.awaitAllAlive();
        awaitRepair(0);
        cluster.member(1).kill();
        cluster.settle();
        expectAll(0, ConsistencyLevel.QUORUM, "new");
        cluster.member(1).start();
        cluster.awaitAllAlive();
    }

    private void assertNeverOld(int member) {
        for (int i = 0; i < 10; i++) {
            String key = "k" + i;
            assertThatThrownBy(() -> map(member).get(key))
                    .as("the only other replica alive cannot answer")
                    .isInstanceOf(KvException.class);
        }
    }

    @Test
    void writesGoOnDuringTheRepairAndNoneIsLost() throws IOException {
        start(3, 6);
        writeAll(0, "v");
        damageBlocks(0);
        damageBlocks(0);
        expectAll(0, ConsistencyLevel.ONE, "v");
        damageBlocks(0);
        expectAll(0, ConsistencyLevel.ONE, "v");
        for (int i = 0; i < KEYS; i += 2) {
            map(i % 3).set("k" + i, "w" + i);
            cluster.runFor(Duration.ofMillis(200));
        }
        awaitRepair(0);
        for (int i = 0; i < KEYS; i++) {
            assertThat(map(0).with(ConsistencyLevel.ALL).get("k" + i)).isEqualTo((i % 2 == 0 ? "w" : "v") + i);
        }
    }

    @Test
    void moreThanTheMemtablesHoldIsRepairedPieceByPiece() throws IOException {
        cluster = SimCluster.of(3)
                .configure(builder -> builder.memtableBytes(4 * 1024))
                .seed(9)
                .start();
        String filler = "x".repeat(500);
        writeAll(0, filler);
        damageFooters(0);
        cluster.member(0).kill();
        cluster.member(0).start();
        cluster.awaitAllAlive();
        assertThat(damagedTables(0)).isPositive();
        awaitRepair(0);
        expectAll(0, ConsistencyLevel.ALL, filler);
    }

    @Test
    void aDeletedKeyStaysDeletedWhenItsDeletionWasInTheDamagedTable() throws IOException {
        start(3, 7);
        writeAll(0, "v");
        for (int i = 0; i < KEYS; i++) {
            map(0).with(ConsistencyLevel.ALL).delete("k" + i);
        }
        cluster.members().forEach(member -> member.store().admin().flush());
        damageFooters(0);
        cluster.member(0).kill();
        cluster.member(0).start();
        cluster.awaitAllAlive();
        for (int i = 0; i < KEYS; i++) {
            assertThat(map(0).with(ConsistencyLevel.ONE).get("k" + i)).isNull();
        }
        awaitRepair(0);
        for (int i = 0; i < KEYS; i++) {
            assertThat(map(0).with(ConsistencyLevel.ONE).get("k" + i)).isNull();
        }
    }

    @Test
    void theSameKeysOfTwoReplicasAreNeverWrongAndComeBackFromTheThird() throws IOException {
        start(3, 8);
        writeAll(0, "v");
        damageBlocks(0);
        damageBlocks(1);
        for (int i = 0; i < KEYS; i++) {
            try {
                assertThat(map(2).with(ConsistencyLevel.QUORUM).get("k" + i)).isEqualTo("v" + i);
            } catch (KvException e) {
                assertThat(e).hasMessageContaining("damaged");
            }
        }
        expectAll(2, ConsistencyLevel.ONE, "v");
        cluster.runUntil("both are repaired", () -> damagedTables(0) + damagedTables(1) == 0, REPAIR_LIMIT);
        expectAll(0, ConsistencyLevel.ONE, "v");
        expectAll(1, ConsistencyLevel.ONE, "v");
        expectAll(2, ConsistencyLevel.ALL, "v");
    }

    @Test
    void twoThatAreDamagedElsewhereMakeUpForEachOtherWhenTheThirdIsRemoved() throws IOException {
        start(3, 9);
        writeAll(0, "v");
        String removed = cluster.member(2).store().admin().nodeId();
        for (int member = 0; member < 2; member++) {
            Map.Entry<Path, Long> table =
                    tables(member).entrySet().stream().findFirst().orElseThrow();
            // In the first half of one, and in the second half of the other.
            long offset = table.getValue() * (1 + 2 * member) / 5;
            cluster.member(member).disk().flipBits(table.getKey(), offset, 4);
        }
        cluster.member(2).kill();
        cluster.settle();
        for (int i = 0; i < KEYS; i++) {
            tryToRead(0, "k" + i);
            tryToRead(1, "k" + i);
        }
        assertThat(damagedTables(0)).isPositive();
        assertThat(damagedTables(1)).isPositive();
        cluster.member(0).store().admin().removeMember(removed);
        cluster.runUntil("both are repaired", () -> damagedTables(0) + damagedTables(1) == 0, REPAIR_LIMIT);
        expectAll(0, ConsistencyLevel.ONE, "v");
        expectAll(1, ConsistencyLevel.ALL, "v");
    }

    private void tryToRead(int member, String key) {
        try {
            assertThat(map(member).with(ConsistencyLevel.ONE).get(key)).startsWith("v");
        } catch (KvException e) {
            assertThat(e).hasMessageContaining("damaged");
        }
    }

    @Test
    void aStoreThatIsAloneTellsOfDamage() throws IOException {
        SimMember member = cluster.member(0);
        KvConfig config = KvConfig.builder()
                .directory(member.directory())
                .partitions(64)
                .blockBytes(512)
                .build();
        KvStore store = KvStore.open(config, member.startProcess());
        KvMap<String, String> map = store.map("m", String.class, String.class);
        for (int i = 0; i < KEYS; i++) {
            map.set("k" + i, "v" + i);
        }
        store.admin().flush();
        damageBlocks(0);
        int refused = 0;
        for (int i = 0; i < KEYS; i++) {
            try {
                assertThat(map.get("k" + i)).isEqualTo("v" + i);
            } catch (CorruptDataException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(1, KEYS - 1);
        assertThat(store.health().problems())
                .singleElement()
                .asString()
                .contains(".sst")
                .contains("restore them from a backup");
        store.close();
        member.kill();
    }
}
