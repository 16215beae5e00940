package io.kvmesh.examples.places;

import io.kvmesh.examples.places.MemberProcess.Event;
import io.kvmesh.examples.places.Phase.Share;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * The steps of the job, in their order. Used once, by the driver's thread.
 *
 * <ol>
 *   <li>Start the members.
 *   <li>Load all places at QUORUM, an equal share through each member.
 *   <li>Print the ring.
 *   <li>Read every record back through another member than the one that wrote it.
 *   <li>Read again through all members but the last one, which is killed while that goes on.
 *   <li>Update every record through the survivors.
 *   <li>Start the dead member again, from its own disk.
 *   <li>Read every record through that member: it missed the updates, and must not show an old value.
 *   <li>Stop.
 * </ol>
 */
final class PlacesJob {
    private static final int STEPS = 9;
    private static final long START_SECONDS_MAX = 60;
    private static final String ALIVE = "ALIVE";

    private final Options options;
    private final Path directory;
    private final Mesh mesh;
    private final PrintStream out;
    private final Summary summary;
    private int step;
    private long killedMillis;

    PlacesJob(Options options, Path directory, Mesh mesh, PrintStream out) {
        this.options = options;
        this.directory = directory;
        this.mesh = mesh;
        this.out = out;
        this.summary = new Summary(options.records());
    }

    Summary run() throws InterruptedException {
        startMembers();
        load();
        printRing();
        readThroughOthers();
        MemberProcess victim = mesh.last();
        List<MemberProcess> survivors = mesh.others(victim);
        readWhileKilling(victim, survivors);
        update(victim, survivors);
        MemberProcess returned = startAgain(victim, survivors);
        readThrough(returned);
        stop();
        return summary;
    }

    private void startMembers() throws InterruptedException {
        begin("Start " + options.members() + " members, a JVM each");
        mesh.start(options, directory);
        double slowest = 0;
        for (int i = 0; i < options.members(); i++) {
            Event event = mesh.await(
                    "all members to be ready",
                    START_SECONDS_MAX,
                    candidate -> candidate.line().verb().equals("READY"));
            MemberProcess member = event.member();
            slowest = Math.max(slowest, member.secondsSinceStart());
            out.printf(
                    Locale.ROOT,
                    "      member %d at %s is ready after %.2f s%n",
                    member.number(),
                    event.line().text("address"),
                    member.secondsSinceStart());
        }
        mesh.awaitAll("PREPARED", mesh.members(), START_SECONDS_MAX);
        summary.addFact(
                "all members ready", String.format(Locale.ROOT, "%.2f s after their JVMs were started", slowest));
    }

    private void load() throws InterruptedException {
        begin(String.format(
                Locale.ROOT,
                "Load %,d places at QUORUM, an equal share through each member, %d threads each",
                options.records(),
                options.threads()));
        summary.add(end(phase().run("load", "WRITE", 0, Share.among(mesh.members(), options.records()))));
    }

    private void printRing() throws InterruptedException {
        begin("The ring as member 1 sees it");
        MemberProcess first = mesh.members().get(0);
        first.send(Line.of("RING"));
        Line line = answer(first);
        while (!line.verb().equals("DONE")) {
            out.printf(
                    Locale.ROOT,
                    "      %s  %-16s %-8s owns %4.1f %% of the ring%n",
                    line.text("id"),
                    line.text("address"),
                    line.text("state"),
                    100 * Double.parseDouble(line.text("ownership")));
            line = answer(first);
        }
    }

    private void readThroughOthers() throws InterruptedException {
        begin("Read every record back at QUORUM, each through another member than the one that wrote it");
        List<MemberProcess> shifted = new ArrayList<>(mesh.members());
        Collections.rotate(shifted, 1);
        summary.add(
                end(phase().run("read through another member", "READ", 0, Share.among(shifted, options.records()))));
    }

    private void readWhileKilling(MemberProcess victim, List<MemberProcess> survivors) throws InterruptedException {
        begin("Read every record at QUORUM through " + names(survivors) + "; after a tenth, SIGKILL member "
                + victim.number());
        Phase phase = phase().onProgress(done -> {
            if (killedMillis == 0 && done * 10 >= options.records()) {
                killedMillis = System.currentTimeMillis();
                victim.expectExit();
                victim.kill();
            }
        });
        summary.addDuringFailure(
                end(phase.run("read while a member dies", "READ", 0, Share.among(survivors, options.records()))));
        victim.awaitEnd();
    }

    private void update(MemberProcess victim, List<MemberProcess> survivors) throws InterruptedException {
        begin("Update every record at QUORUM through " + names(survivors));
        summary.addDuringFailure(end(
                phase().run("update while a member is down", "WRITE", 1, Share.among(survivors, options.records()))));
        long noticedMillis = 0;
        for (MemberProcess survivor : survivors) {
            long at = mesh.awaitOpinion(survivor, victim.id(), killedMillis, state -> !state.equals(ALIVE));
            noticedMillis = Math.max(noticedMillis, at - killedMillis);
            out.printf(
                    Locale.ROOT,
                    "      member %d noticed the death of member %d after %,d ms%n",
                    survivor.number(),
                    victim.number(),
                    at - killedMillis);
        }
        summary.setNoticedMillis(noticedMillis);
    }

    private MemberProcess startAgain(MemberProcess victim, List<MemberProcess> survivors) throws InterruptedException {
        begin("Start member " + victim.number() + " again from its own disk");
        MemberProcess returned = mesh.startAgain(victim);
        mesh.awaitAll("SERVED", List.of(returned), START_SECONDS_MAX);
        long servedMillis = System.currentTimeMillis() - returned.startMillis();
        long seenMillis = 0;
        for (MemberProcess survivor : survivors) {
            long at = mesh.awaitOpinion(survivor, victim.id(), returned.startMillis(), ALIVE::equals);
            seenMillis = Math.max(seenMillis, at - returned.startMillis());
        }
        if (!returned.id().equals(victim.id())) {
            throw new JobFailedException("member " + victim.number() + " came back as " + returned.id()
                    + " although it was " + victim.id() + "; its log is " + returned.log());
        }
        String times =
                String.format(Locale.ROOT, "%,d ms, ALIVE for all others after %,d ms", servedMillis, seenMillis);
        out.println("      served its first QUORUM read after " + times);
        summary.addFact("restarted member served a QUORUM read after", times);
        summary.setRejoinedMillis(Math.max(servedMillis, seenMillis));
        mesh.awaitAll("PREPARED", List.of(returned), START_SECONDS_MAX);
        return returned;
    }

    private void readThrough(MemberProcess returned) throws InterruptedException {
        begin("Read every updated record at QUORUM through member " + returned.number() + ", which missed all updates");
        summary.add(end(phase().run(
                        "read through the restarted member",
                        "READ",
                        1,
                        Share.among(List.of(returned), options.records()))));
    }

    private void stop() throws InterruptedException {
        begin("Stop all members");
        askForBytesOnDisk();
        for (MemberProcess member : mesh.members()) {
            member.expectExit();
            member.send(Line.of("QUIT"));
        }
        List<MemberProcess> running = new ArrayList<>(mesh.members());
        while (!running.isEmpty()) {
            Event event = mesh.await(
                    "all members to end",
                    START_SECONDS_MAX,
                    candidate -> candidate.line().verb().equals(MemberProcess.EXITED)
                            && running.contains(candidate.member()));
            requireCleanExit(event);
            running.remove(event.member());
        }
    }

    private void askForBytesOnDisk() throws InterruptedException {
        for (MemberProcess member : mesh.members()) {
            member.send(Line.of("STORAGE"));
            Line stored = answer(member);
            answer(member);
            summary.addFact(
                    "bytes on disk of member " + member.number(),
                    String.format(
                            Locale.ROOT,
                            "%,d (SSTables %,d, commit log %,d)",
                            stored.number("total"),
                            stored.number("sstables"),
                            stored.number("log")));
        }
    }

    private static void requireCleanExit(Event event) {
        long status = event.line().number("status");
        if (status != 0) {
            throw new JobFailedException("member " + event.member().number() + " closed with status " + status
                    + "; its log is " + event.member().log());
        }
    }

    private Line answer(MemberProcess member) throws InterruptedException {
        return mesh.await(
                        "an answer of member " + member.number(),
                        START_SECONDS_MAX,
                        event ->
                                event.member() == member && !event.line().verb().equals("STATE"))
                .line();
    }

    private Phase phase() {
        return new Phase(mesh, new Progress(out, Progress.isTerminal(), options.records()));
    }

    private Phase.Result end(Phase.Result result) {
        WorkResult work = result.work();
        out.printf(
                Locale.ROOT,
                "      %,d records in %.1f s, %,d/s, %d lost, %d wrong%n",
                work.records(),
                result.seconds(),
                result.perSecond(),
                work.lost(),
                work.wrong());
        return result;
    }

    private void begin(String what) {
        step++;
        out.printf(Locale.ROOT, "[%d/%d] %s%n", step, STEPS, what);
    }

    private static String names(List<MemberProcess> members) {
        List<String> numbers = members.stream()
                .map(member -> Integer.toString(member.number()))
                .toList();
        int last = numbers.size() - 1;
        return "members " + String.join(", ", numbers.subList(0, last)) + " and " + numbers.get(last);
    }
}
