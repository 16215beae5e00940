package io.kvmesh.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

class KvConfigTest {
    private static final Path DIRECTORY = Path.of("data");

    @Test
    void aDirectoryIsAllThatIsNeeded() {
        KvConfig config = KvConfig.builder().directory(DIRECTORY).build();
        assertThat(config.bindHost()).isEmpty();
        assertThat(config.replicationFactor()).isEqualTo(3);
        assertThat(config.readConsistency()).isEqualTo(ConsistencyLevel.LOCAL_QUORUM);
        assertThat(config.writeConsistency()).isEqualTo(ConsistencyLevel.LOCAL_QUORUM);
        assertThat(config.speculativeDelay()).isEmpty();
        assertThat(config.replication()).isEmpty();
        assertThat(config.dataCenter()).isEqualTo("dc1");
        assertThat(config.rack()).isEqualTo("rack1");
        assertThat(config.weight()).isEqualTo(1.0);
    }

    @Test
    void copiesMayBeCountedByDataCentre() {
        KvConfig config = mesh().replication(Map.of("east", 3, "west", 2))
                .dataCenter("west")
                .rack("r7")
                .weight(2.5)
                .consistency(ConsistencyLevel.LOCAL_ONE, ConsistencyLevel.EACH_QUORUM)
                .build();
        assertThat(config.replication()).containsExactly(Map.entry("east", 3), Map.entry("west", 2));
        assertThat(config.dataCenter()).isEqualTo("west");
        assertThat(config.rack()).isEqualTo("r7");
        assertThat(config.weight()).isEqualTo(2.5);
    }

    @Test
    void faultsOfDataCentresAreNamed() {
        assertThatThrownBy(() -> mesh().replication(Map.of("east", 17, "no/name", 1))
                        .dataCenter("")
                        .rack("a b")
                        .weight(0)
                        .speculativeDelay(Duration.ZERO)
                        .build())
                .hasMessageContaining("replication of data centre east 17 must be between 1 and 16")
                .hasMessageContaining("data centre 'no/name' must be 1 to 64 characters")
                .hasMessageContaining("dataCenter '' must be")
                .hasMessageContaining("rack 'a b' must be")
                .hasMessageContaining("weight 0.0 must be between 0.01 and 100.0")
                .hasMessageContaining("speculativeDelay PT0S must be between");
        Map<String, Integer> tooMany = new TreeMap<>();
        for (int i = 0; i <= KvConfig.DATA_CENTERS_MAX; i++) {
            tooMany.put("dc" + i, 1);
        }
        assertThatThrownBy(() -> mesh().replication(tooMany).build())
                .hasMessageContaining("data centres in replication 65 must be between 0 and 64");
        assertThatThrownBy(() ->
                        mesh().replication(Map.of("east", 3)).dataCenter("west").build())
                .hasMessageContaining("read consistency LOCAL_QUORUM can never be reached in data centre west");
        assertThatThrownBy(() -> mesh().replication(Map.of("dc1", 2))
                        .consistency(ConsistencyLevel.THREE, ConsistencyLevel.ONE)
                        .build())
                .hasMessageContaining("read consistency THREE can never be reached");
    }

    @Test
    void anyIsForWritesOnly() {
        assertThat(mesh().consistency(ConsistencyLevel.ONE, ConsistencyLevel.ANY)
                        .build()
                        .writeConsistency())
                .isEqualTo(ConsistencyLevel.ANY);
        assertThatThrownBy(() -> mesh().consistency(ConsistencyLevel.ANY, ConsistencyLevel.ANY)
                        .build())
                .hasMessageContaining("read consistency ANY is for writes only");
        MapSpec<String, String> spec = MapSpec.of("m", String.class, String.class);
        assertThatThrownBy(() -> spec.withConsistency(ConsistencyLevel.ANY, ConsistencyLevel.ANY))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot be read at ANY");
        assertThat(spec.withConsistency(ConsistencyLevel.ONE, ConsistencyLevel.ANY)
                        .withBloomBitsPerKey(5)
                        .readConsistency())
                .contains(ConsistencyLevel.ONE);
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
    void hintsAreKeptForNoTimeAtAllOrUpToThirtyDays() {
        KvConfig.Builder builder = KvConfig.builder().directory(DIRECTORY);
        assertThat(builder.build().hintWindow()).isEqualTo(Duration.ofHours(3));
        assertThat(builder.hintWindow(Duration.ZERO).build().hintWindow()).isZero();
        for (Duration wrong :
                new Duration[] {Duration.ofMillis(-1), Duration.ofDays(30).plusMillis(1)}) {
            assertThatThrownBy(() -> builder.hintWindow(wrong).build())
                    .hasMessageContaining("hintWindow " + wrong + " must be between PT0S and PT720H");
        }
    }

    @Test
    void partitionsAreFetchedAtABoundedRate() {
        KvConfig.Builder builder = KvConfig.builder().directory(DIRECTORY);
        assertThat(builder.build().streamBytesPerSecond()).isEqualTo(16L << 20);
        assertThat(builder.streamBytesPerSecond(1 << 16).build().streamBytesPerSecond())
                .isEqualTo(1 << 16);
        for (long wrong : new long[] {0, (1 << 16) - 1, (1L << 40) + 1}) {
            assertThatThrownBy(() -> builder.streamBytesPerSecond(wrong).build())
                    .isInstanceOf(InvalidConfigException.class)
                    .hasMessageContaining("streamBytesPerSecond " + wrong + " must be between 65536 and 1099511627776");
        }
    }

    @Test
    void deadMembersAreTakenOutAfterThreeHoursLaterOrNever() {
        KvConfig.Builder builder = KvConfig.builder().directory(DIRECTORY);
        assertThat(builder.build().removeAfter()).isEqualTo(Duration.ofHours(3));
        assertThat(builder.removeAfter(Duration.ZERO).build().removeAfter()).isZero();
        for (Duration wrong : new Duration[] {
            Duration.ofMillis(-1),
            Duration.ofSeconds(59),
            Duration.ofDays(3_650).plusMillis(1)
        }) {
            assertThatThrownBy(() -> builder.removeAfter(wrong).build())
                    .hasMessageContaining("removeAfter " + wrong + " must be between PT1M and PT87600H");
        }
    }

    @Test
    void aReplacedMemberIsNamedByItsIdentityOnAMesh() {
        assertThat(mesh().build().replaces()).isEmpty();
        assertThat(mesh().bind("127.0.0.1", 7800)
                        .replaces("00000000000000a7")
                        .build()
                        .replaces())
                .contains("00000000000000a7");
        for (String wrong : new String[] {"", "a7", "00000000000000A7", "node-2"}) {
            assertThatThrownBy(() -> mesh().replaces(wrong).build())
                    .hasMessageContaining("replaces '" + wrong + "' must be the identity of a member");
        }
        assertThatThrownBy(() -> KvConfig.builder()
                        .directory(DIRECTORY)
                        .replaces("00000000000000a7")
                        .build())
                .hasMessageContaining("replaces is given but no bind address");
    }

    @Test
    void quorumsAreStrictUnlessTheyAreToBeSloppy() {
        assertThat(mesh().build().sloppyQuorum()).isFalse();
        assertThat(mesh().sloppyQuorum(true).build().sloppyQuorum()).isTrue();
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
