package io.kvmesh.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvMap;
import io.kvmesh.testkit.RealCluster;
import io.kvmesh.testkit.RealMember;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Real files are damaged under real members, whose lanes are threads. */
class DamagedFilesTest {
    private static final int KEYS = 2_000;

    private static KvMap<String, String> map(RealCluster cluster, int member) {
        return cluster.member(member).store().map("m", String.class, String.class);
    }

    private static List<Path> tables(RealMember member) throws IOException {
        try (Stream<Path> files = Files.list(member.directory().resolve("tables"))) {
            return files.filter(file -> file.toString().endsWith(".sst"))
                    .sorted()
                    .toList();
        }
    }

    private static void flip(Path file, long offset) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[Math.toIntExact(offset)] ^= 2;
        Files.write(file, bytes);
    }

    private static void expectAll(RealCluster cluster, ConsistencyLevel level) {
        for (int i = 0; i < KEYS; i++) {
            assertThat(map(cluster, 0).with(level).get("k" + i)).isEqualTo("v" + i);
        }
    }

    private static long damaged(RealCluster cluster) {
        return cluster.member(0).store().admin().storage().disk().damagedSstableCount();
    }

    @Test
    void aMemberIsRepairedWhileItAnswers() throws IOException {
        try (RealCluster cluster = RealCluster.of(3).open()) {
            for (int round = 0; round < 2; round++) {
                for (int i = round; i < KEYS; i += 2) {
                    map(cluster, 0).with(ConsistencyLevel.ALL).set("k" + i, "v" + i);
                }
                cluster.members().forEach(member -> member.store().admin().flush());
            }
            cluster.member(0).stop();
            List<Path> tables = tables(cluster.member(0));
            assertThat(tables).hasSizeGreaterThanOrEqualTo(2);
            flip(tables.get(0), Files.size(tables.get(0)) - 4);
            flip(tables.get(1), 30);
            flip(tables.get(1), Files.size(tables.get(1)) / 2);
            cluster.member(0).start();
            cluster.awaitAllAlive();
            expectAll(cluster, ConsistencyLevel.ONE);
            await().atMost(Duration.ofSeconds(60)).until(() -> damaged(cluster) == 0);
            expectAll(cluster, ConsistencyLevel.ALL);
            assertThat(cluster.member(0).directory().resolve("quarantine"))
                    .isDirectoryContaining(
                            file -> file.getFileName().equals(tables.get(0).getFileName()))
                    .isDirectoryContaining(
                            file -> file.getFileName().equals(tables.get(1).getFileName()));
        }
    }
}
