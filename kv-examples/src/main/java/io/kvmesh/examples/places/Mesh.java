package io.kvmesh.examples.places;

import io.kvmesh.examples.places.MemberProcess.Event;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * All member processes of the job and what they say. Confined to the driver's thread, except {@link #killAll()}.
 *
 * <p>Members never talk to the driver about data: each command makes a member work on the map by itself.
 */
final class Mesh {
    private static final String HOST = "127.0.0.1";

    private final List<MemberProcess> members = new CopyOnWriteArrayList<>();
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final List<Sighting> sightings = new ArrayList<>();

    /** That one member changed its mind about another one. */
    private record Sighting(MemberProcess observer, String subject, String state, long atMillis) {}

    /** Starts all members at once; {@link #await} tells when they are ready. */
    void start(Options options, Path directory) {
        List<Integer> ports = Ports.free(options.members());
        List<String> seeds = ports.stream().map(port -> HOST + ":" + port).toList();
        for (int number = 1; number <= options.members(); number++) {
            MemberSettings settings = new MemberSettings(
                    directory.resolve("member-" + number),
                    ports.get(number - 1),
                    seeds,
                    options.members(),
                    options.records(),
                    options.threads());
            members.add(MemberProcess.start(number, settings, directory.resolve("member-" + number + ".log"), events));
        }
    }

    /** Starts a member that was killed again, in its place. */
    MemberProcess startAgain(MemberProcess dead) {
        MemberProcess again = dead.startAgain();
        members.set(members.indexOf(dead), again);
        return again;
    }

    List<MemberProcess> members() {
        return members;
    }

    MemberProcess last() {
        return members.get(members.size() - 1);
    }

    List<MemberProcess> others(MemberProcess member) {
        return members.stream().filter(other -> other != member).toList();
    }

    /** Handles events until one fits; what members say of each other is noted on the way. */
    Event await(String what, long secondsMax, Predicate<Event> fits) throws InterruptedException {
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(secondsMax);
        while (true) {
            Event event = events.poll(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (event == null) {
                throw new JobFailedException("waited " + secondsMax + " s in vain for " + what);
            }
            note(event);
            if (fits.test(event)) {
                return event;
            }
        }
    }

    /** Waits until each of the members has said so. */
    void awaitAll(String verb, List<MemberProcess> speakers, long secondsMax) throws InterruptedException {
        while (!speakers.stream().allMatch(member -> member.hasSaid(verb))) {
            await(verb + " of all members", secondsMax, event -> true);
        }
    }

    /**
     * Waits until the observer's opinion of a member, formed after the given moment, fits.
     *
     * @return when that was, in milliseconds of wall time
     */
    long awaitOpinion(MemberProcess observer, String subject, long afterMillis, Predicate<String> state)
            throws InterruptedException {
        OptionalLong at = opinion(observer, subject, afterMillis, state);
        while (at.isEmpty()) {
            await(
                    "member " + observer.number() + " to change its mind about member " + subject,
                    30,
                    event -> event.line().verb().equals("STATE"));
            at = opinion(observer, subject, afterMillis, state);
        }
        return at.getAsLong();
    }

    /** Ends all processes with SIGKILL and waits until they are gone. */
    void killAll() throws InterruptedException {
        members.forEach(MemberProcess::kill);
        for (MemberProcess member : members) {
            member.awaitEnd();
        }
    }

    private OptionalLong opinion(MemberProcess observer, String subject, long afterMillis, Predicate<String> state) {
        return sightings.stream()
                .filter(sighting -> sighting.observer() == observer
                        && sighting.subject().equals(subject)
                        && sighting.atMillis() >= afterMillis
                        && state.test(sighting.state()))
                .mapToLong(Sighting::atMillis)
                .findFirst();
    }

    private void note(Event event) {
        MemberProcess member = event.member();
        Line line = event.line();
        member.addSaid(line.verb());
        switch (line.verb()) {
            case "READY" -> member.setId(line.text("id"));
            case "STATE" -> sightings.add(new Sighting(member, line.text("id"), line.text("state"), line.number("at")));
            case "FAILED" ->
                throw new JobFailedException(
                        "member " + member.number() + ": " + line.text("reason") + "; its log is " + member.log());
            case MemberProcess.EXITED -> requireExpected(member, line.number("status"));
            default -> {}
        }
    }

    private static void requireExpected(MemberProcess member, long status) {
        if (!member.isExitExpected()) {
            throw new JobFailedException("member " + member.number() + " ended with status " + status
                    + " before its time; its log is " + member.log());
        }
    }
}
