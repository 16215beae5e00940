package io.kvmesh.testkit.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.kvmesh.KvStore;
import io.kvmesh.api.KvConfig;
import io.kvmesh.testkit.RealCluster;
import io.kvmesh.testkit.RealMember;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.EventConditions;
import org.junit.platform.testkit.engine.Events;
import org.junit.platform.testkit.engine.TestExecutionResultConditions;

/** Real members for a test: started before it, and gone after it. */
class KvClusterTest {
    static final class Small implements ClusterSettings {
        @Override
        public KvConfig.Builder apply(KvConfig.Builder builder) {
            return builder.partitions(16);
        }
    }

    @Test
    @KvCluster(members = 3, settings = Small.class)
    void membersShareAMapStopAndStartAgain(RealCluster cluster) {
        set(cluster.member(0), "k", "v");
        assertThat(get(cluster.member(2), "k")).isEqualTo("v");
        cluster.member(1).stop();
        assertThat(cluster.member(1).isRunning()).isFalse();
        assertThatThrownBy(() -> cluster.member(1).store()).hasMessageContaining("member 1 has no open store");
        set(cluster.member(2), "k", "w");
        KvStore restarted = cluster.member(1).start();
        cluster.awaitAllAlive();
        assertThat(restarted).isSameAs(cluster.member(1).store());
        assertThat(get(cluster.member(1), "k")).isEqualTo("w");
        assertThatThrownBy(() -> cluster.member(1).start()).hasMessageContaining("stop it before");
    }

    @Test
    void aClosedClusterLeavesNothing() {
        RealCluster cluster = RealCluster.of(1).open();
        Path directory = cluster.member(0).directory();
        assertThat(directory).isDirectory();
        assertThatThrownBy(() -> cluster.await("never", () -> false, Duration.ofMillis(20)))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("not within PT0.02S: never");
        cluster.close();
        cluster.close();
        assertThat(directory.getParent()).doesNotExist();
        assertThat(cluster.running()).isEmpty();
    }

    @KvCluster(members = 1)
    static final class Samples {
        static final Path SEEN = Path.of("target", "kv-cluster-test-seen");

        @Test
        void fails(RealCluster cluster) throws Exception {
            Files.writeString(SEEN, cluster.member(0).directory().toString());
            throw new IllegalStateException("on purpose");
        }

        @Nested
        class Inner {
            @Test
            void hasOneToo(RealCluster cluster) {
                assertThat(cluster.running()).hasSize(1);
            }
        }

        @Test
        @KvCluster(members = 0)
        void noMember() {}

        @Test
        @KvCluster(members = 17)
        void manyMembers() {}
    }

    @Test
    void aFailedTestLeavesNothingAndWrongValuesAreRefused() throws Exception {
        Events tests = EngineTestKit.engine("junit-jupiter")
                .selectors(selectClass(Samples.class))
                .execute()
                .testEvents();
        tests.assertStatistics(counts -> counts.succeeded(1).failed(3));
        for (String part : List.of(
                "Samples.noMember: members = 0 must be 1 to 16", "Samples.manyMembers: members = 17 must be 1 to 16")) {
            tests.assertThatEvents()
                    .haveExactly(
                            1,
                            EventConditions.finishedWithFailure(
                                    TestExecutionResultConditions.instanceOf(ExtensionConfigurationException.class),
                                    TestExecutionResultConditions.message(message -> message.contains(part))));
        }
        Path directory = Path.of(Files.readString(Samples.SEEN));
        Files.delete(Samples.SEEN);
        assertThat(directory.getParent()).doesNotExist();
    }

    private static void set(RealMember member, String key, String value) {
        member.store().map("m", String.class, String.class).set(key, value);
    }

    private static String get(RealMember member, String key) {
        return String.valueOf(
                member.store().map("m", String.class, String.class).get(key));
    }
}
