package io.kvmesh.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.KvStore;
import io.kvmesh.api.StoreException;
import io.kvmesh.testkit.bench.ChildJvm;
import io.kvmesh.testkit.bench.LocalPorts;
import io.kvmesh.testkit.process.MeshChild;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members that cannot belong to a mesh are told why, and so is the mesh. Confined to one thread. */
class JoinRefusalTest {
    private static final Duration PATIENCE = Duration.ofSeconds(40);

    @TempDir
    private Path directory;

    @Test
    void aMemberWithAnotherClusterNameOrPartitionCountIsRefusedWithTheReasonOnBothSides() {
        List<Integer> ports = LocalPorts.free(3);
        try (ChildJvm founder = startMember("founder", ports.get(0), ports.get(0), "alpha", 256)) {
            founder.await("ready", PATIENCE);
            try (ChildJvm stranger = startMember("stranger", ports.get(1), ports.get(0), "beta", 256);
                    ChildJvm other = startMember("other", ports.get(2), ports.get(0), "alpha", 512)) {
                assertThat(stranger.await("failed", PATIENCE))
                        .startsWith("JoinRejectedException ")
                        .contains("127.0.0.1:" + ports.get(0))
                        .contains("'alpha'")
                        .contains("'beta'");
                assertThat(other.await("failed", PATIENCE))
                        .startsWith("JoinRejectedException ")
                        .contains("partition count")
                        .contains("256")
                        .contains("512");
            }
            expectWarning(founder, "'beta'");
            expectWarning(founder, "512");
            assertThat(founder.ask("members", "members", PATIENCE)).isEqualTo("127.0.0.1:" + ports.get(0) + "=ALIVE");
            founder.send("stop");
            assertThat(founder.awaitExit(PATIENCE)).isZero();
        }
    }

    @Test
    void aPortInUseIsNamedAndNothingIsLeftBehind() throws IOException {
        Path data = directory.resolve("data");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Set<String> before = liveThreads();
            assertThatThrownBy(() -> KvStore.builder()
                            .directory(data)
                            .cluster("alpha")
                            .bind("127.0.0.1", taken.getLocalPort())
                            .open())
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("127.0.0.1:" + taken.getLocalPort())
                    .hasMessageContaining("in use");
            Awaitility.await().atMost(Duration.ofSeconds(5)).untilAsserted(() -> {
                Set<String> left = liveThreads();
                left.removeAll(before);
                assertThat(left).isEmpty();
            });
        }
        try (KvStore alone = KvStore.open(data)) {
            assertThat(alone.map("m", String.class, String.class).put("k", "v")).isNull();
        }
    }

    private static Set<String> liveThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                .map(thread -> thread.getId() + " " + thread.getName())
                // Awaitility polls on a thread of its own.
                .filter(name -> !name.contains("awaitility"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static void expectWarning(ChildJvm member, String content) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(5))
                .untilAsserted(() -> assertThat(member.logLines())
                        .as(member.describeOutput())
                        .anyMatch(line -> line.startsWith("WARN") && line.contains(content)));
    }

    private ChildJvm startMember(String name, int port, int seedPort, String cluster, int partitions) {
        return ChildJvm.of(name, MeshChild.class)
                .jvmArguments("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m")
                .arguments("directory=" + directory.resolve(name), "cluster=" + cluster, "port=" + port)
                .arguments("seeds=127.0.0.1:" + seedPort, "expect=" + (port == seedPort ? 1 : 2))
                .arguments("partitions=" + partitions, "joinMillis=4000")
                .start();
    }
}
