package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.AsyncKvMap;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.OverloadedException;
import io.kvmesh.api.StorageInfo;
import io.kvmesh.testkit.DiskSpeed;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Writers that are faster than the disk are slowed down, and refused only when they do not wait for their answers. */
class WriteStallTest {
    private static final long MEMTABLE_BYTES = 16_384;
    /** What all memtables may take, and what one record may exceed it by. */
    private static final long BOUND_BYTES = 4 * MEMTABLE_BYTES + 1_024;

    private static final String VALUE = "x".repeat(200);

    private static SimCluster cluster(long seed) {
        SimCluster cluster = SimCluster.of(1)
                .configure(builder -> builder.memtableBytes(MEMTABLE_BYTES).operationTimeout(Duration.ofSeconds(20)))
                .seed(seed)
                .start();
        SimMember member = cluster.member(0);
        // Flushes take long; the log is written to memory and does not.
        member.disk()
                .use(DiskSpeed.INSTANT
                        .withCalls(Duration.ofMillis(5), Duration.ofMillis(10))
                        .withSyncs(Duration.ofMillis(5), Duration.ofMillis(20)));
        return cluster;
    }

    private static StorageInfo storage(SimCluster cluster) {
        return cluster.member(0).store().admin().storage();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void writersThatDoNotWaitAreRefusedInTheEnd(long seed) {
        try (SimCluster cluster = cluster(seed)) {
            AsyncKvMap<String, String> map = cluster.member(0)
                    .store()
                    .map("m", String.class, String.class)
                    .async();
            List<CompletableFuture<?>> answers = new ArrayList<>();
            for (int i = 0; i < 600; i++) {
                answers.add(map.set("k" + i, VALUE).toCompletableFuture());
                assertThat(storage(cluster).memory().memtableBytes()).isLessThan(BOUND_BYTES);
            }
            cluster.runFor(Duration.ofSeconds(30));
            assertThat(storage(cluster).writes().stalledCount()).isPositive();
            assertThat(storage(cluster).writes().stallNanos()).isPositive();
            KvMap<String, String> reader = cluster.member(0).store().map("m", String.class, String.class);
            int refused = 0;
            for (int i = 0; i < answers.size(); i++) {
                CompletableFuture<?> answer = answers.get(i);
                assertThat(answer).as("answer %d", i).isDone();
                if (answer.isCompletedExceptionally()) {
                    refused++;
                    assertThat(answer.handle((value, failure) -> cause(failure)).join())
                            .isInstanceOf(OverloadedException.class)
                            .hasMessageMatching(".*(memtables of|writes come faster).*");
                } else {
                    assertThat(reader.get("k" + i)).isEqualTo(VALUE);
                }
            }
            assertThat(refused).isBetween(1, 599);
            reader.set("later", VALUE);
            cluster.stop();
        }
    }

    private static Throwable cause(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }
}
