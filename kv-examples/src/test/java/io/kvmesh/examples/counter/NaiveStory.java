package io.kvmesh.examples.counter;

import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimHunt;
import io.kvmesh.testkit.SimMember;
import io.kvmesh.testkit.SimThread;
import io.kvmesh.testkit.SimulationFailure;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** Some visitors at each of three members, counted by {@link NaiveCounter}. Confined to the simulation's thread. */
final class NaiveStory {
    private static final int MEMBERS = 3;
    private static final int VISITS_PER_MEMBER = 5;
    private static final Duration BETWEEN_VISITS = Duration.ofMillis(20);

    private final SimCluster cluster;
    private final Set<Long> numbers = new TreeSet<>();

    private NaiveStory(SimCluster cluster) {
        this.cluster = cluster;
    }

    /** Looks for a seed under which a visit gets lost. */
    static Optional<SimulationFailure> hunt(int seeds) {
        return SimHunt.of(SimCluster.of(MEMBERS), 0, seeds).firstFailure(cluster -> new NaiveStory(cluster).tell());
    }

    private void tell() {
        for (SimMember member : cluster.members()) {
            member.run("visitor", () -> visit(member));
        }
        cluster.join(Duration.ofMinutes(1));
    }

    private void visit(SimMember member) {
        NaiveCounter counter = new NaiveCounter(member.store().map("visits", String.class, Long.class));
        for (int i = 0; i < VISITS_PER_MEMBER; i++) {
            SimThread.sleep(BETWEEN_VISITS);
            long number = counter.count("home");
            cluster.loop().note("member " + member.index() + " counted visit number " + number);
            if (!numbers.add(number)) {
                throw new AssertionError("lost update: two visits have the number " + number);
            }
        }
    }
}
