package io.kvmesh.testkit.scenario;

import io.kvmesh.testkit.bench.Words;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What several scenarios do. Stateless. */
final class Checks {
    static final int VALUE_BYTES = 1_000;
    static final Duration LIMIT = Duration.ofMinutes(5);

    private static final String LOAD = "begin threads=2 writes=50 perSecond=300";

    private Checks() {}

    /** Shares the records among members, writes each once, and lets them be read and written from then on. */
    static void fillAndLoad(ScenarioMesh mesh, List<Integer> members, int records) {
        mesh.share(members, records, VALUE_BYTES);
        mesh.askAll(members, "fill");
        mesh.askAll(members, LOAD);
    }

    /** Ends the load, and reads all records as the members that wrote them remember them. */
    static void endLoad(ScenarioMesh mesh, Narrator narrator, List<Integer> members) {
        mesh.askAll(members, "end");
        narrator.note("the calls so far: %s", new LoadWindow(mesh.askAll(members, "window")).describe());
        long faults = mesh.askAll(members, "verify").stream()
                .mapToLong(words -> Words.number(words, "faults"))
                .sum();
        narrator.expect(faults == 0, "every acknowledged write is read (%d are not)", faults);
    }

    /** Reads all records through each member at a level that it answers alone. */
    static void expectEqual(ScenarioMesh mesh, Narrator narrator, List<Integer> members, int records, String level) {
        List<Map<String, String>> answers = mesh.askAll(members, "check count=" + records + " level=" + level);
        String sum = Words.text(answers.get(0), "sum");
        boolean equal = answers.stream()
                .allMatch(answer -> isWhole(answer) && Words.text(answer, "sum").equals(sum));
        narrator.expect(equal, "members %s each hold the same of all %,d records", members, records);
    }

    static boolean isWhole(Map<String, String> answer) {
        return Words.number(answer, "missing") == 0
                && Words.number(answer, "wrong") == 0
                && Words.number(answer, "failed") == 0;
    }

    static void awaitNoticed(ScenarioMesh mesh, Narrator narrator, List<Integer> observers, int subject) {
        mesh.await(
                "member " + subject + " is not alive for the others",
                LIMIT,
                () -> observers.stream()
                        .noneMatch(observer -> mesh.opinion(observer, subject).startsWith("ALIVE")));
        narrator.note("members %s hold member %d for %s", observers, subject, mesh.opinion(observers.get(0), subject));
    }

    static void awaitMember(ScenarioMesh mesh, List<Integer> observers, int subject) {
        mesh.await(
                "member " + subject + " holds keys",
                LIMIT,
                () -> observers.stream()
                        .allMatch(observer -> mesh.opinion(observer, subject).startsWith("ALIVE/MEMBER")));
    }

    static void awaitNoHints(ScenarioMesh mesh, List<Integer> members) {
        mesh.await(
                "no hints are kept",
                LIMIT,
                () -> mesh.askAll(members, "hints").stream().allMatch(Map::isEmpty));
    }
}
