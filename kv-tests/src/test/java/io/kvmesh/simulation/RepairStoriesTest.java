package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvConfig;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.RepairInfo;
import io.kvmesh.api.RepairResult;
import io.kvmesh.testkit.SimCluster;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Replicas that missed something get it from the others, without anybody reading it. */
class RepairStoriesTest {
    private static final int KEYS = 200;
    /** Longer than anybody keeps writes for a member that is away. */
    private static final Duration LONG_ABSENCE = Duration.ofHours(4);

    private static final Duration REPAIR_LIMIT = Duration.ofMinutes(10);

    private SimCluster cluster = SimCluster.of(1).seed(0);

    @AfterEach
    void nothingFailedInsideAMember() {
        cluster.finish();
    }

    private void start(int members, long seed, UnaryOperator<KvConfig.Builder> settings) {
        cluster = SimCluster.of(members)
                .configure(builder -> settings.apply(builder.gossipInterval(Duration.ofSeconds(10))))
                .seed(seed)
                .start();
    }

    private void start(int members, long seed) {
        start(members, seed, UnaryOperator.identity());
    }

    private KvMap<String, String> map(int member) {
        return cluster.member(member).store().map("m", String.class, String.class);
    }

    private KvMap<String, String> own(int member) {
        return map(member).with(ConsistencyLevel.ONE);
    }

    private void writeAll(String value) {
        for (int i = 0; i < KEYS; i++) {
            map(0).with(ConsistencyLevel.ALL).set("k" + i, value);
        }
    }

    private RepairResult repair(int member) {
        CompletableFuture<RepairResult> repair =
                cluster.member(member).store().admin().startRepair("m");
        cluster.runUntil("the repair ends", repair::isDone, REPAIR_LIMIT);
        return repair.join();
    }

    private RepairInfo info(int member) {
        return cluster.member(member).store().admin().repair();
    }

    /** With three members each holds everything, and answers alone. */
    private Map<String, String> content(int member) {
        Map<String, String> content = new TreeMap<>();
        for (int i = 0; i < KEYS + 50; i++) {
            String value = own(member).get("k" + i);
            if (value != null) {
                content.put("k" + i, value);
            }
        }
        return content;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatAReplicaMissedForLongArrivesWithOneRepair(long seed) {
        start(3, seed);
        writeAll("old");
        cluster.network().isolate(2);
        cluster.settle();
        for (int i = 0; i < KEYS; i += 7) {
            map(i % 2).set("k" + i, "new");
        }
        for (int i = 1; i < KEYS; i += 13) {
            map(0).delete("k" + i);
        }
        map(1).set("k" + KEYS, "first");
        cluster.runFor(LONG_ABSENCE);
        cluster.network().heal();
        cluster.awaitAllAlive();
        assertThat(own(2).get("k7")).isEqualTo("old");

        RepairResult result = repair((int) (seed % 3));

        assertThat(result.problems()).isEmpty();
        assertThat(result.isComplete()).isTrue();
        assertThat(result.partitions()).isEqualTo(64);
        assertThat(result.cellsPushed() + result.cellsFetched()).isPositive();
        assertThat(info(0).failed()).isZero();
        assertThat(content(2)).isEqualTo(content(0)).isEqualTo(content(1)).containsEntry("k7", "new");
        assertThat(content(2)).containsEntry("k" + KEYS, "first").doesNotContainKey("k1");
        RepairResult again = repair((int) (seed % 3));
        assertThat(again.cellsFetched() + again.cellsPushed()).isZero();
    }
}
