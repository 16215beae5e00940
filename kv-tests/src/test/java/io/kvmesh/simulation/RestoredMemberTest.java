package io.kvmesh.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.KvStore;
import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.Health;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.MemberInfo;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.node.Environment;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A member of a mesh loses its directory and comes back from a backup. */
class RestoredMemberTest {
    private static final Path REPOSITORY = Path.of("/sim/repository");
    private static final int KEYS = 50;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void aRestoredMemberIsTheSameInTheRingAndQuorumsMakeUpForWhatItMissed(long seed) throws IOException {
        SimCluster cluster = SimCluster.of(3).seed(seed).start();
        SimMember member = cluster.member(1);
        write(cluster.member(0), "old");
        cluster.settle();
        MemberInfo before = self(member);
        String backup = member.store().admin().backup(REPOSITORY).id();
        write(cluster.member(2), "new");
        // Or else the last of these would come back as hints.
        cluster.settle();
        // The others have seen it in later generations than the backup knows of.
        for (int i = 0; i < 2; i++) {
            member.stop();
            member.start();
            cluster.awaitAllAlive();
        }
        member.kill();
        Environment environment = member.startProcess();
        deleteAll(environment.files(), member.directory());
        try (NodeStore known = environment.nodeStores().open(member.directory())) {
            known.peers().forEach(peer -> known.removePeer(peer.node()));
        }
        KvStore.restore(REPOSITORY, backup, member.directory(), environment);
        member.kill();
        member.start();
        cluster.awaitAllAlive();
        cluster.settle();
        MemberInfo after = self(member);
        assertThat(after.id()).isEqualTo(before.id());
        assertThat(after.tokens()).isEqualTo(before.tokens());
        assertThat(after.ownership()).isEqualTo(before.ownership());
        assertThat(member.store().health().status()).isEqualTo(Health.Status.OK);
        int old = 0;
        for (int i = 0; i < KEYS; i++) {
            old += "old".equals(map(member).with(ConsistencyLevel.ONE).get("k" + i)) ? 1 : 0;
        }
        assertThat(old).as("what the member itself has is that of the backup").isEqualTo(KEYS);
        for (int i = 0; i < KEYS; i++) {
            assertThat(map(member).get("k" + i)).isEqualTo("new");
        }
        cluster.stop();
        cluster.checkFailures();
    }

    private static KvMap<String, String> map(SimMember member) {
        return member.store().map("m", String.class, String.class);
    }

    private static void write(SimMember member, String value) {
        for (int i = 0; i < KEYS; i++) {
            map(member).set("k" + i, value);
        }
    }

    private static MemberInfo self(SimMember member) {
        return member.store().admin().members().stream()
                .filter(MemberInfo::local)
                .findFirst()
                .orElseThrow();
    }

    /** All files below a directory, which stays. */
    private static void deleteAll(FileSystem files, Path directory) throws IOException {
        for (Path entry : files.list(directory)) {
            List<Path> inner;
            try {
                inner = files.list(entry);
            } catch (NoSuchFileException e) {
                inner = List.of();
            }
            if (!inner.isEmpty()) {
                deleteAll(files, entry);
            }
            files.delete(entry);
        }
    }
}
