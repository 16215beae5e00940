package io.kvmesh.examples.places;

import io.kvmesh.examples.places.MemberProcess.Event;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/** One pass over all records, shared by some members. Used once, by the driver's thread. */
final class Phase {
    private static final long SECONDS_MAX = 300;

    private final Mesh mesh;
    private final Progress progress;
    private final Map<MemberProcess, Long> doneBy = new LinkedHashMap<>();
    private LongConsumer onProgress = done -> {};

    /**
     * What a pass took and what it found.
     *
     * @param cpuSeconds the processor time of all members together
     */
    record Result(String name, double seconds, double cpuSeconds, WorkResult work) {
        long perSecond() {
            return Math.round(work.records() / seconds);
        }

        double cpuMicrosPerRecord() {
            return cpuSeconds * 1e6 / work.records();
        }
    }

    /** A member's share: the records from one position of the file up to another one. */
    record Share(MemberProcess member, int from, int to) {
        /** Cuts the records into as many shares of equal size, in order. */
        static List<Share> among(List<MemberProcess> members, int records) {
            return IntStream.range(0, members.size())
                    .mapToObj(i -> new Share(
                            members.get(i), cut(records, i, members.size()), cut(records, i + 1, members.size())))
                    .toList();
        }

        private static int cut(int records, int part, int parts) {
            return Math.toIntExact((long) records * part / parts);
        }
    }

    Phase(Mesh mesh, Progress progress) {
        this.mesh = mesh;
        this.progress = progress;
    }

    /** Calls this with the number of records done, now and then. */
    Phase onProgress(LongConsumer listener) {
        onProgress = listener;
        return this;
    }

    /**
     * Has the members do their shares, and waits for them.
     *
     * @param verb WRITE or READ
     * @param growth how many people more than in the file the places have by now
     */
    Result run(String name, String verb, long growth, List<Share> shares) throws InterruptedException {
        long startNanos = System.nanoTime();
        Map<MemberProcess, Duration> cpuBefore = cpuTimes();
        for (Share share : shares) {
            doneBy.put(share.member(), 0L);
            share.member()
                    .send(Line.of(verb)
                            .with("from", share.from())
                            .with("to", share.to())
                            .with("growth", growth));
        }
        WorkResult total = new WorkResult();
        for (int ended = 0; ended < shares.size(); ) {
            Event event = mesh.await(name, SECONDS_MAX, candidate -> doneBy.containsKey(candidate.member()));
            Line line = event.line();
            if (line.verb().equals("DONE")) {
                WorkResult result = WorkResult.parse(line);
                total.addAll(result);
                advance(event.member(), result.records(), startNanos);
                ended++;
            } else if (line.verb().equals("PROGRESS")) {
                advance(event.member(), line.number("done"), startNanos);
            }
        }
        progress.end();
        return new Result(name, secondsSince(startNanos), cpuSecondsSince(cpuBefore), total);
    }

    private void advance(MemberProcess member, long done, long startNanos) {
        doneBy.put(member, done);
        long sum = doneBy.values().stream().mapToLong(Long::longValue).sum();
        progress.show(sum, secondsSince(startNanos));
        onProgress.accept(sum);
    }

    private Map<MemberProcess, Duration> cpuTimes() {
        Map<MemberProcess, Duration> times = new LinkedHashMap<>();
        for (MemberProcess member : mesh.members()) {
            member.cpuTime().ifPresent(time -> times.put(member, time));
        }
        return times;
    }

    /** A member that died meanwhile is left out: nobody can tell any more what it used. */
    private double cpuSecondsSince(Map<MemberProcess, Duration> before) {
        double seconds = 0;
        for (Map.Entry<MemberProcess, Duration> after : cpuTimes().entrySet()) {
            seconds += after.getValue()
                            .minus(before.getOrDefault(after.getKey(), Duration.ZERO))
                            .toMillis()
                    / 1e3;
        }
        return seconds;
    }

    private static double secondsSince(long startNanos) {
        return (System.nanoTime() - startNanos) / 1e9;
    }
}
