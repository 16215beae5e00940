package io.kvmesh.testkit.scenario;

import io.kvmesh.testkit.bench.Words;
import java.util.List;
import java.util.Map;

/** Everybody reads one key, and then a member that holds it hangs. Stateless. */
final class HotKey {
    private static final int HANGING = 2;
    private static final int SECONDS = 5;
    private static final List<Integer> ALL = List.of(0, 1, 2);
    private static final List<Integer> OTHERS = List.of(0, 1);
    private static final double SHARE_MIN = 0.1;

    private HotKey() {}

    static void play(ScenarioMesh mesh, Narrator narrator, int records) {
        narrator.step("Three members start and store %,d records, each on all of them.", records);
        mesh.startFirst(3);
        mesh.share(List.of(0), records, Checks.VALUE_BYTES);
        mesh.ask(0, "fill");
        for (String level : List.of("ONE", "QUORUM")) {
            narrator.step("All three read record 7 at %s, as fast as they can.", level);
            long received = received(mesh);
            long reads = hammer(mesh, narrator, ALL, level);
            long bytes = (received(mesh) - received) / Math.max(1, reads);
            narrator.expect(
                    bytes < Checks.VALUE_BYTES / 2,
                    "%,d bytes crossed the network for a read: its own replica yields the value",
                    bytes);
        }
        narrator.step("Member %d hangs (SIGSTOP); the others go on reading at QUORUM.", HANGING);
        mesh.member(HANGING).signal("STOP");
        hammer(mesh, narrator, OTHERS, "QUORUM");
        narrator.step("It goes on.");
        mesh.member(HANGING).signal("CONT");
        Checks.awaitMember(mesh, OTHERS, HANGING);
        hammer(mesh, narrator, ALL, "QUORUM");
    }

    /** Returns how many reads there were. */
    private static long hammer(ScenarioMesh mesh, Narrator narrator, List<Integer> members, String level) {
        List<Map<String, String>> answers =
                mesh.askAll(members, "hammer key=7 threads=2 seconds=" + SECONDS + " level=" + level);
        long sum = answers.stream()
                .mapToLong(answer -> Words.number(answer, "reads"))
                .sum();
        boolean shared = answers.stream().allMatch(answer -> Words.number(answer, "reads") > sum * SHARE_MIN);
        long p99 = answers.stream()
                .mapToLong(answer -> Words.number(answer, "p99Micros"))
                .max()
                .orElse(0);
        narrator.expect(shared, "each member serves its callers: %,d reads a second, p99 %,d us", sum / SECONDS, p99);
        return sum;
    }

    private static long received(ScenarioMesh mesh) {
        return mesh.askAll(ALL, "received").stream()
                .flatMap(bytes -> bytes.values().stream())
                .mapToLong(Long::parseLong)
                .sum();
    }
}
