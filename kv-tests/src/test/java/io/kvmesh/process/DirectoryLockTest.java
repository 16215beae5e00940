package io.kvmesh.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.KvStore;
import io.kvmesh.api.DirectoryLockedException;
import io.kvmesh.api.Durability;
import io.kvmesh.api.KvMap;
import io.kvmesh.testkit.bench.ChildJvm;
import io.kvmesh.testkit.process.WriteScript;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory belongs to one open store. Confined to one thread. */
class DirectoryLockTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path directory;

    @Test
    void aSecondStoreIsRefusedInThisAndInAnotherProcessAndTheFirstGoesOn() {
        Path data = directory.resolve("data");
        try (KvStore first = LoneChild.open(data, Durability.PERIODIC)) {
            KvMap<String, byte[]> map = LoneChild.map(first);
            LoneChild.SCRIPT.apply(map, LoneChild.SCRIPT.operation(0, 1));

            assertThatThrownBy(() -> LoneChild.open(data, Durability.PERIODIC))
                    .isInstanceOf(DirectoryLockedException.class)
                    .hasMessageContaining(data.toString());
            assertThat(failureOfAnotherProcess(data))
                    .startsWith("DirectoryLockedException ")
                    .contains(data.toString());

            writeAndVerify(map, 2);
        }
        try (KvStore again = LoneChild.open(data, Durability.PERIODIC)) {
            writeAndVerify(LoneChild.map(again), 3);
        }
    }

    @Test
    void aProcessThatWasKilledLeavesNoLockBehind() {
        Path data = directory.resolve("killed");
        try (ChildJvm child = startChild()) {
            child.ask("open directory=" + data + " durability=PERIODIC", "dumped", PATIENCE);
            assertThatThrownBy(() -> LoneChild.open(data, Durability.PERIODIC))
                    .isInstanceOf(DirectoryLockedException.class);
            child.kill();
        }
        try (KvStore store = LoneChild.open(data, Durability.PERIODIC)) {
            writeAndVerify(LoneChild.map(store), 1);
        }
    }

    private static void writeAndVerify(KvMap<String, byte[]> map, long sequence) {
        WriteScript.Operation operation = LoneChild.SCRIPT.operation(0, sequence);
        LoneChild.SCRIPT.apply(map, operation);
        assertThat(WriteScript.read(map, operation.key())).isEqualTo(operation.effect());
    }

    private static String failureOfAnotherProcess(Path data) {
        try (ChildJvm child = startChild()) {
            return child.ask("open directory=" + data + " durability=PERIODIC", "failed", PATIENCE);
        }
    }

    private static ChildJvm startChild() {
        return ChildJvm.of("second", LoneChild.class)
                .jvmArguments("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
                .start();
    }
}
