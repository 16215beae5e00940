package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.KvException;
import io.kvmesh.api.KvMap;
import io.kvmesh.testkit.IoFaults;
import io.kvmesh.testkit.IoOperation;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A member that was one of several and starts again without the others must not be a quorum of its own. */
class RestartAloneTest {
    private static final int NODE_STORE_CALLS = 16;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void aMemberRemembersTheOthersFromItsFirstOperationOn(long seed) {
        SimCluster cluster = SimCluster.of(3).seed(seed).start();
        map(cluster.member(1)).set("k", "v");
        restartAlone(cluster, cluster.member(1));
        assertIsNoQuorum(cluster.member(1));
        end(cluster);
    }

    @Test
    void aMemberRemembersTheOthersBeforeItsStoreIsOpen() {
        SimCluster cluster = SimCluster.of(3).seed(6).start();
        map(cluster.member(1)).set("k", "v");
        cluster.settle();
        restartAlone(cluster, cluster.member(1));
        assertIsNoQuorum(cluster.member(1));
        end(cluster);
    }

    @Test
    void aNodeStoreThatFailsOnceIsUsedLater() {
        int opened = 0;
        for (int failing = 1; failing <= NODE_STORE_CALLS; failing++) {
            SimCluster cluster = SimCluster.of(3).seed(failing);
            SimMember member = cluster.member(1);
            failOnce(member, failing);
            try {
                cluster.start();
                opened++;
            } catch (KvException e) {
                // It says so, and can be started again.
                member.start();
                cluster.member(2).start();
                cluster.awaitAllAlive();
            }
            map(member).set("k", "v");
            cluster.runFor(Duration.ofSeconds(3));
            restartAlone(cluster, member);
            assertIsNoQuorum(member);
            end(cluster);
        }
        assertThat(opened).isPositive();
    }

    private static void failOnce(SimMember member, int nodeStoreCall) {
        int[] calls = new int[1];
        member.disk().faults().hook(call -> {
            if (call.operation() == IoOperation.NODE_STORE && ++calls[0] == nodeStoreCall) {
                throw new IOException(IoFaults.DISK_BROKEN);
            }
        });
    }

    private static void restartAlone(SimCluster cluster, SimMember member) {
        member.kill();
        member.disk().faults().clear();
        cluster.network().isolate(member.index());
        member.start();
    }

    private static void assertIsNoQuorum(SimMember member) {
        assertThatThrownBy(() -> map(member).set("k", "alone")).isInstanceOf(KvException.class);
    }

    private static void end(SimCluster cluster) {
        cluster.network().heal();
        cluster.awaitAllAlive();
        // What was refused may have been written all the same.
        assertThat(map(cluster.member(0)).get("k")).isIn("v", "alone");
        cluster.stop();
        cluster.checkFailures();
    }

    private static KvMap<String, String> map(SimMember member) {
        return member.store().map("m", String.class, String.class);
    }
}
