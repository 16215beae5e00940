package io.kvmesh.testkit.scenario;

import java.util.List;

/** A member is lost for ever, and another one takes its place. Stateless. */
final class LostMember {
    private static final int LOST = 2;
    private static final int NEWCOMER = 3;
    private static final List<Integer> SURVIVORS = List.of(0, 1);

    private LostMember() {}

    static void play(ScenarioMesh mesh, Narrator narrator, int records) {
        narrator.step("Three members start and store %,d records; two of them go on reading and writing.", records);
        mesh.startFirst(3);
        Checks.fillAndLoad(mesh, SURVIVORS, records);
        narrator.step("Member %d is killed, and will not come back.", LOST);
        mesh.kill(LOST);
        Checks.awaitNoticed(mesh, narrator, SURVIVORS, LOST);
        narrator.note("health of member 0: %s", mesh.text(0, "health"));
        narrator.step("A fourth member is started, and asks for a seat.");
        mesh.launch(NEWCOMER, 3);
        mesh.awaitReady(NEWCOMER);
        Checks.awaitMember(mesh, SURVIVORS, NEWCOMER);
        narrator.note("it holds keys now: %s", mesh.opinion(0, NEWCOMER));
        narrator.step("The operator takes the lost member out of the ring.");
        mesh.text(0, "remove id=" + mesh.identity(LOST));
        mesh.await(
                "one member could be lost again",
                Checks.LIMIT,
                () -> List.of(0, 1).stream()
                        .allMatch(member -> mesh.text(member, "isSafe").equals("true")));
        narrator.expect(
                mesh.text(NEWCOMER, "health").startsWith("OK"),
                "each key is stored three times again, and any one member could be lost");
        Checks.endLoad(mesh, narrator, SURVIVORS);
        Checks.awaitNoHints(mesh, SURVIVORS);
        Checks.expectEqual(mesh, narrator, List.of(0, 1, NEWCOMER), records, "ONE");
    }
}
