package io.kvmesh.examples.counter;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.KvException;
import io.kvmesh.api.KvMap;
import io.kvmesh.testkit.RealCluster;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import io.kvmesh.testkit.SimThread;
import io.kvmesh.testkit.junit.KvCluster;
import io.kvmesh.testkit.junit.KvSim;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The counter that keeps one key for each writer loses nothing, whatever happens to the members. */
class LaneCounterTest {
    private static final List<String> LANES = List.of("0", "1", "2");
    private static final int VISITS_PER_MEMBER = 20;

    private int begun;
    private int acknowledged;

    // docs: kvsim
    @KvSim(members = 3, seeds = 50)
    void noVisitIsLostWhileMembersAreCutOffAndKilled(SimCluster cluster) {
        for (SimMember member : cluster.members()) {
            member.run("visitor", () -> visit(member));
        }
        cluster.run("faults", () -> {
            SimThread.sleep(Duration.ofMillis(50));
            cluster.network().isolate(0);
            SimThread.sleep(Duration.ofMillis(50));
            cluster.member(2).kill();
            SimThread.sleep(Duration.ofSeconds(3));
            cluster.network().heal();
            cluster.member(2).start();
            cluster.member(2).run("visitor", () -> visit(cluster.member(2)));
        });
        cluster.join(Duration.ofMinutes(10));

        KvMap<String, Long> visits = visits(cluster.member(1));
        assertThat(LaneCounter.total(visits, "home", LANES)).isBetween((long) acknowledged, (long) begun);
    }
    // docs: end

    // docs: visit
    private void visit(SimMember member) {
        LaneCounter counter = new LaneCounter(visits(member), "home", LANES.get(member.index()));
        for (int i = 0; i < VISITS_PER_MEMBER; i++) {
            begun++;
            boolean counted = false;
            while (!counted) {
                try {
                    counter.count();
                    acknowledged++;
                    counted = true;
                } catch (KvException e) {
                    SimThread.sleep(Duration.ofMillis(100));
                }
            }
            SimThread.sleep(Duration.ofMillis(10));
        }
    }

    private static KvMap<String, Long> visits(SimMember member) {
        return member.store().map("visits", String.class, Long.class);
    }
    // docs: end

    // docs: kvcluster
    @Test
    @KvCluster(members = 3)
    void visitsAreCountedByRealMembersToo(RealCluster cluster) {
        KvMap<String, Long> here = cluster.member(0).store().map("visits", String.class, Long.class);
        KvMap<String, Long> there = cluster.member(1).store().map("visits", String.class, Long.class);
        new LaneCounter(here, "home", "0").count();
        new LaneCounter(there, "home", "1").count();
        cluster.member(0).stop();
        assertThat(LaneCounter.total(there, "home", LANES)).isEqualTo(2);
    }
    // docs: end
}
