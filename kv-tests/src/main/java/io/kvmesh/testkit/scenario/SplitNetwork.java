package io.kvmesh.testkit.scenario;

import java.util.List;

/** One of three members is cut off from the others, and both sides are written to. Stateless. */
final class SplitNetwork {
    private static final int LONE = 2;
    private static final List<Integer> ALL = List.of(0, 1, 2);

    private SplitNetwork() {}

    static void play(ScenarioMesh mesh, Narrator narrator, int records) {
        int half = records / 2;
        narrator.step("Three members start and store %,d records.", records);
        mesh.startFirst(3);
        put(mesh, 0, 0, records, 1, "ALL");
        narrator.step("Nothing passes any more between member %d and the others.", LONE);
        mesh.text(LONE, "cut from=" + mesh.identity(0) + "," + mesh.identity(1));
        Checks.awaitNoticed(mesh, narrator, List.of(0, 1), LONE);
        Checks.awaitNoticed(mesh, narrator, List.of(LONE), 0);
        Checks.awaitNoticed(mesh, narrator, List.of(LONE), 1);
        narrator.step("All go on as far as they can.");
        String refused = put(mesh, LONE, 0, 1, 9, "QUORUM");
        narrator.expect(
                refused.equals("failure=UnavailableException"),
                "alone, a write at QUORUM is refused, and nothing is written (%s)",
                refused);
        narrator.expect(put(mesh, LONE, 0, half, 2, "ONE").startsWith("written="), "alone, writes at ONE are taken");
        narrator.expect(
                put(mesh, 0, half / 2, records, 3, "QUORUM").startsWith("written="),
                "with two of three, writes at QUORUM go on, to some of the same records");
        narrator.step("Everything passes again.");
        mesh.text(LONE, "cut from=" + ScenarioMember.NOBODY);
        Checks.awaitMember(mesh, List.of(0, 1), LONE);
        Checks.awaitMember(mesh, List.of(LONE), 0);
        Checks.awaitNoHints(mesh, ALL);
        Checks.expectEqual(mesh, narrator, ALL, records, "ONE");
        expectSequence(mesh, narrator, 0, 2, "what only the lone member wrote is there");
        expectSequence(mesh, narrator, half - 1, 3, "of what both wrote, the later one is there");
        expectSequence(mesh, narrator, records - 1, 3, "what the others wrote is there");
    }

    private static String put(ScenarioMesh mesh, int member, int from, int to, int sequence, String level) {
        return mesh.text(member, "put from=" + from + " to=" + to + " sequence=" + sequence + " level=" + level);
    }

    private static void expectSequence(ScenarioMesh mesh, Narrator narrator, int key, int sequence, String text) {
        for (int member : ALL) {
            String read = mesh.text(member, "get key=" + key + " level=ONE");
            narrator.expect(read.equals("sequence=" + sequence), "%s at member %d", text, member);
        }
    }
}
