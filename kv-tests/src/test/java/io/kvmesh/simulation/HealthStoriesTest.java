package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.api.Admin;
import io.kvmesh.api.Health;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.OverloadedException;
import io.kvmesh.api.RingInfo;
import io.kvmesh.api.RingInfo.PartitionInfo;
import io.kvmesh.api.RingInfo.Phase;
import io.kvmesh.api.StreamInfo;
import io.kvmesh.api.Watch;
import io.kvmesh.testkit.SimCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a member tells of the ring, of what is under way and of what is wrong. */
class HealthStoriesTest {
    private static final int PARTITIONS = 64;
    private static final int WATCHES_MAX = 64;
    private static final Duration LIMIT = Duration.ofMinutes(1);

    private SimCluster cluster = SimCluster.of(1).seed(0);

    @AfterEach
    void nothingFailedInsideAMember() {
        cluster.finish();
    }

    @Test
    void partitionsWithoutAllTheirReplicasAreCounted() {
        start(4, 3, 1);
        cluster.settle();
        RingInfo whole = admin(0).ring();
        assertThat(whole.phase()).isEqualTo(Phase.STEADY);
        assertThat(whole.partitions()).isEqualTo(PARTITIONS);
        assertThat(whole.copies()).isEqualTo(3);
        assertThat(whole.underReplicated() + whole.withoutQuorum() + whole.unreachable())
                .isZero();
        assertThat(whole.worst()).isEmpty();
        assertThat(admin(0).isSafe()).isTrue();
        assertThat(admin(0).health()).hasToString("OK");

        cluster.member(3).kill();
        cluster.settle();
        RingInfo one = admin(0).ring();
        assertThat(one.underReplicated()).isBetween(1, PARTITIONS - 1);
        assertThat(one.withoutQuorum()).isZero();
        assertThat(one.worst()).hasSize(RingInfo.PARTITIONS_LISTED_MAX).allMatch(each -> each.alive() == 2);
        assertThat(admin(0).isSafe()).isFalse();

        cluster.member(2).kill();
        cluster.settle();
        RingInfo two = admin(0).ring();
        assertThat(two.underReplicated()).isEqualTo(PARTITIONS);
        assertThat(two.withoutQuorum()).isBetween(1, PARTITIONS - 1);
        assertThat(two.unreachable()).isZero();
        assertThat(two.worst()).first().extracting(PartitionInfo::alive).isEqualTo(1);
        assertThat(admin(0).health().status()).isEqualTo(Health.Status.DEGRADED);
        assertThat(admin(0).health().toString())
                .startsWith("DEGRADED: " + two.withoutQuorum()
                        + " of 64 partitions have too few living replicas for a quorum; member ");
        assertThat(two.toString())
                .contains("STEADY: 64 partitions of 3 copies, 64 under-replicated, " + two.withoutQuorum()
                        + " without a quorum, 0 unreachable");
        assertThat(two.worst().get(0).toString()).contains(": 1 of [").endsWith("] alive");
    }

    @Test
    void withTwoCopiesNoMemberCanBeDoneWithout() {
        start(4, 2, 2);
        cluster.settle();
        assertThat(admin(0).health().status()).isEqualTo(Health.Status.OK);
        assertThat(admin(0).isSafe()).isFalse();
    }

    @Test
    void fewerMembersThanCopiesAreTooFew() {
        start(2, 3, 3);
        cluster.settle();
        assertThat(admin(0).ring().underReplicated()).isEqualTo(PARTITIONS);
        assertThat(admin(0).health())
                .hasToString("DEGRADED: keys are stored 2 times instead of 3, since the ring has no more members");
        assertThat(admin(0).isSafe()).isFalse();
    }

    @Test
    void whoFetchesWhatIsToldWhileAMemberJoins() {
        cluster = SimCluster.of(4).seed(4);
        for (int i = 0; i < 3; i++) {
            cluster.member(i).start();
        }
        cluster.awaitAllAlive();
        for (int i = 0; i < 300; i++) {
            map(0).set("k" + i, "v".repeat(1_000));
        }
        assertThat(admin(0).streams()).isEmpty();
        cluster.member(3).start();
        String joiner = admin(3).nodeId();
        cluster.runUntil("the joiner fetches", () -> !admin(3).streams().isEmpty() && cells(admin(3)) > 0, LIMIT);
        StreamInfo own = admin(3).streams().get(0);
        assertThat(own.member()).isEqualTo(joiner);
        assertThat(own.partitions()).isPositive();
        assertThat(own.toString()).matches("member " + joiner + " fetches \\d+ partitions: 0 of 1 maps fetched, .*");
        assertThat(admin(0).streams()).containsExactly(new StreamInfo(joiner, own.partitions(), Optional.empty()));
        assertThat(admin(0).ring().phase()).isEqualTo(Phase.STREAMING);
        assertThat(admin(3).health().problems().toString())
                .contains("fetching " + own.partitions() + " partitions: 0 of");
        cluster.awaitAllAlive();
        cluster.settle();
        assertThat(admin(0).streams()).isEmpty();
        assertThat(admin(3).health()).hasToString("OK");
        assertThat(admin(0).members())
                .filteredOn(member -> member.id().equals(joiner))
                .singleElement()
                .asString()
                .matches(joiner
                        + " at 127.0.0.1:7003: ALIVE since .*Z, MEMBER in dc1/rack1, 16 tokens, .* % of the ring");
    }

    private static long cells(Admin admin) {
        return admin.streams().get(0).progress().map(StreamInfo.Progress::cells).orElse(0L);
    }

    @Test
    void listenersAreToldOfEveryChangeOnceUntilTheyEnd() {
        start(3, 3, 5);
        cluster.settle();
        List<Health.Status> told = new ArrayList<>();
        List<Health.Status> toldBriefly = new ArrayList<>();
        admin(0).watchHealth(health -> {
            throw new IllegalStateException("a listener that fails");
        });
        admin(0).watchHealth(health -> told.add(health.status()));
        Watch brief = admin(0).watchHealth(health -> toldBriefly.add(health.status()));
        cluster.settle();
        assertThat(told).containsExactly(Health.Status.OK);
        brief.close();
        brief.close();
        cluster.member(2).kill();
        cluster.settle();
        cluster.member(2).start();
        cluster.awaitAllAlive();
        cluster.settle();
        assertThat(told).startsWith(Health.Status.OK, Health.Status.DEGRADED).endsWith(Health.Status.OK);
        assertThat(toldBriefly).containsExactly(Health.Status.OK);
    }

    @Test
    void thereIsABoundOfListeners() {
        start(1, 1, 6);
        List<Watch> watches = new ArrayList<>();
        for (int i = 0; i < WATCHES_MAX; i++) {
            watches.add(admin(0).watchHealth(health -> {}));
        }
        assertThatThrownBy(() -> admin(0).watchHealth(health -> {}))
                .isInstanceOf(OverloadedException.class)
                .hasMessageContaining("more than 64 listeners are told of the health");
        watches.get(0).close();
        watches.add(admin(0).watchHealth(health -> {}));
        assertThat(watches).hasSize(WATCHES_MAX + 1);
    }

    private void start(int members, int copies, long seed) {
        cluster = SimCluster.of(members)
                .configure(builder -> builder.replicationFactor(copies))
                .seed(seed)
                .start();
    }

    private Admin admin(int member) {
        return cluster.member(member).store().admin();
    }

    private KvMap<String, String> map(int member) {
        return cluster.member(member).store().map("m", String.class, String.class);
    }
}
