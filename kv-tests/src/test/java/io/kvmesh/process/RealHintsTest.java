package io.kvmesh.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.HintsInfo.TargetHints;
import io.kvmesh.api.KvMap;
import io.kvmesh.metadata.sqlite.SqliteHintStore;
import io.kvmesh.testkit.RealCluster;
import io.kvmesh.testkit.RealMember;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Hints over real sockets and in a real file. */
class RealHintsTest {
    private static final int KEYS = 2_000;
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void aMemberThatWasDownGetsWhatItMissedAlsoIfTheHolderWasRestartedMeanwhile() {
        try (RealCluster cluster = RealCluster.of(3).open()) {
            RealMember holder = cluster.member(0);
            RealMember target = cluster.member(2);
            map(holder).set("k0", "old");
            target.stop();
            for (int i = 0; i < KEYS; i++) {
                map(holder).set("k" + i, "new" + i);
            }
            cluster.await("all hints are kept", () -> held(holder) >= KEYS, LIMIT);
            assertThat(holder.directory().resolve(SqliteHintStore.FILE_NAME)).isNotEmptyFile();
            holder.stop();
            holder.start();
            cluster.await("the hints are there again", () -> held(holder) >= KEYS, LIMIT);
            target.start();
            cluster.awaitAllAlive();
            cluster.await("all hints are delivered", () -> held(holder) == 0, LIMIT);
            for (int i = 0; i < KEYS; i++) {
                // A read at ONE on a replica asks nobody else.
                assertThat(map(target).with(ConsistencyLevel.ONE).get("k" + i)).isEqualTo("new" + i);
            }
            assertThat(holder.store().admin().hints().replayed()).isGreaterThanOrEqualTo(KEYS);
        }
    }

    private static long held(RealMember member) {
        return member.store().admin().hints().targets().stream()
                .mapToLong(TargetHints::count)
                .sum();
    }

    private static KvMap<String, String> map(RealMember member) {
        return member.store().map("m", String.class, String.class);
    }
}
