package io.kvmesh.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

class KvConfigTest {
    private static final Path DIRECTORY = Path.of("data");

    @Test
    void aDirectoryIsAllThatIsNeeded() {
        KvConfig config = KvConfig.builder().directory(DIRECTORY).build();
        assertThat(config.bindHost()).isEmpty();
        assertThat(config.replicationFactor()).isEqualTo(3);
        assertThat(config.readConsistency()).isEqualTo(ConsistencyLevel.QUORUM);
    }

    @Test
    void allFaultsAreNamedAtOnce() {
        assertThatThrownBy(() -> KvConfig.builder()
                        .replicationFactor(0)
                        .vnodes(0)
                        .partitions(1000)
                        .repairInterval(Duration.ofSeconds(59))
                        .operationTimeout(Duration.ZERO)
                        .build())
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("directory is required")
                .hasMessageContaining("replicationFactor 0 must be between 1 and 16")
                .hasMessageContaining("vnodes 0 must be between")
                .hasMessageContaining("partitions 1000 must be a power of two")
                .hasMessageContaining("repairInterval PT59S must be between PT1M and PT8760H")
                .hasMessageContaining("operationTimeout PT0S must be between");
    }

    @Test
    void onlyLoopbackCanBeBoundWithoutTls() throws Exception {
        assertThatThrownBy(() -> mesh().bind("192.0.2.1", 7800).build())
                .hasMessageContaining("bind host '192.0.2.1' is not a loopback address")
                .hasMessageContaining("call tls(SSLContext)");
        SSLContext tls = SSLContext.getDefault();
        assertThat(mesh().bind("192.0.2.1", 7800).tls(tls).build().tls()).contains(tls);
        assertThatThrownBy(
                        () -> KvConfig.builder().directory(DIRECTORY).tls(tls).build())
                .hasMessageContaining("tls is given but no bind address");
        assertThat(mesh().bind("127.0.0.1", 7800).build().bindPort()).isEqualTo(7800);
    }

    @Test
    void aMeshNeedsAClusterName() {
        assertThatThrownBy(() -> KvConfig.builder()
                        .directory(DIRECTORY)
                        .bind("127.0.0.1", 0)
                        .build())
                .hasMessageContaining("cluster is required once bind is called");
    }

    @Test
    void seedsNeedAnAddressOfTheirOwn() {
        assertThatThrownBy(() -> KvConfig.builder()
                        .directory(DIRECTORY)
                        .seeds("127.0.0.1:7800")
                        .build())
                .hasMessageContaining("seeds are given but no bind address");
        assertThatThrownBy(() -> mesh().bind("127.0.0.1", 0).seeds("localhost").build())
                .hasMessageContaining("seed 'localhost' must be host:port");
    }

    @Test
    void aLevelThatCanNeverBeReachedIsRefused() {
        assertThatThrownBy(() -> mesh().replicationFactor(2)
                        .consistency(ConsistencyLevel.THREE, ConsistencyLevel.QUORUM)
                        .build())
                .hasMessageContaining("read consistency THREE can never be reached with replicationFactor 2");
    }

    @Test
    void aLogSegmentMustHoldTheLargestRecord() {
        assertThatThrownBy(() -> mesh().logSegmentBytes(64 * 1024).build())
                .hasMessageContaining("logSegmentBytes 65536 must hold the largest record");
    }

    @Test
    void levelsCountReplicas() {
        assertThat(ConsistencyLevel.QUORUM.required(1)).isEqualTo(1);
        assertThat(ConsistencyLevel.QUORUM.required(2)).isEqualTo(2);
        assertThat(ConsistencyLevel.QUORUM.required(3)).isEqualTo(2);
        assertThat(ConsistencyLevel.QUORUM.required(5)).isEqualTo(3);
        assertThat(ConsistencyLevel.ALL.required(3)).isEqualTo(3);
        assertThat(ConsistencyLevel.THREE.required(2)).isEqualTo(3);
    }

    @Test
    void mapNamesAndTypesAreChecked() {
        assertThatThrownBy(() -> MapSpec.of("../x", String.class, String.class))
                .hasMessageContaining("map name '../x'");
        assertThatThrownBy(() -> MapSpec.of("m", long.class, String.class))
                .hasMessageContaining("Long.class instead of long.class");
    }

    private static KvConfig.Builder mesh() {
        return KvConfig.builder().directory(DIRECTORY).cluster("test");
    }
}
