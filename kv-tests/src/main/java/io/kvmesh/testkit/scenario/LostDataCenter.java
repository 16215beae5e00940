package io.kvmesh.testkit.scenario;

import io.kvmesh.testkit.bench.Words;
import java.util.List;
import java.util.Map;

/** One of two data centres is lost, and comes back. Stateless. */
final class LostDataCenter {
    private static final List<Integer> EAST = List.of(0, 1, 2);
    private static final List<Integer> WEST = List.of(3, 4, 5);
    private static final List<Integer> ALL = List.of(0, 1, 2, 3, 4, 5);

    private LostDataCenter() {}

    static void play(ScenarioMesh mesh, Narrator narrator, int records) {
        narrator.step("Three members in the east and three in the west start; each side stores every record thrice.");
        ALL.forEach(member -> launch(mesh, member));
        ALL.forEach(mesh::awaitReady);
        Checks.fillAndLoad(mesh, EAST, records);
        narrator.step("All of the west is killed at once.");
        WEST.forEach(mesh::kill);
        WEST.forEach(member -> Checks.awaitNoticed(mesh, narrator, EAST, member));
        narrator.step("The east goes on.");
        narrator.expect(put(mesh, "LOCAL_QUORUM").startsWith("written="), "writes at LOCAL_QUORUM go on in the east");
        String refused = put(mesh, "EACH_QUORUM");
        narrator.expect(
                refused.equals("failure=UnavailableException"),
                "a write at EACH_QUORUM is refused, and nothing is written (%s)",
                refused);
        narrator.note("health of member 0: %s", mesh.text(0, "health"));
        narrator.step("The west is started again.");
        WEST.forEach(member -> launch(mesh, member));
        WEST.forEach(mesh::awaitReady);
        WEST.forEach(member -> Checks.awaitMember(mesh, EAST, member));
        Checks.endLoad(mesh, narrator, EAST);
        Checks.awaitNoHints(mesh, EAST);
        narrator.note("nobody keeps hints any more");
        narrator.step("The operator has all replicas compared.");
        Map<String, String> repair = mesh.ask(WEST.get(0), "repair");
        narrator.expect(
                Words.number(repair, "complete") == Words.number(repair, "partitions"),
                "all replicas of all partitions took part: %s",
                repair);
        Checks.expectEqual(mesh, narrator, ALL, records, "LOCAL_ONE");
    }

    private static void launch(ScenarioMesh mesh, int member) {
        mesh.launch(member, ALL.size(), "dataCenter=" + (EAST.contains(member) ? "east" : "west"));
    }

    /** Writes a record beyond those that the load uses. */
    private static String put(ScenarioMesh mesh, String level) {
        return mesh.text(0, "put from=10000000 to=10000001 sequence=1 level=" + level);
    }
}
