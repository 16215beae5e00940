package io.kvmesh.examples.places;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/** What came of a piece of work. Not safe for several threads: each has its own, and they are added up at the end. */
final class WorkResult {
    private static final int NOTES_MAX = 5;

    private final Latencies latencies = new Latencies();
    private final Map<String, Long> retries = new TreeMap<>();
    private final List<String> notes = new ArrayList<>();
    private long records;
    private long lost;
    private long wrong;

    Latencies latencies() {
        return latencies;
    }

    long records() {
        return records;
    }

    /** How many records were not there. */
    long lost() {
        return lost;
    }

    /** How many records were there, but different. */
    long wrong() {
        return wrong;
    }

    /** How often a call was repeated, by the error that was the reason. */
    Map<String, Long> retries() {
        return retries;
    }

    /** The first differences, a sentence each. */
    List<String> notes() {
        return notes;
    }

    void addDone() {
        records++;
    }

    void addLost(String note) {
        records++;
        lost++;
        addNote(note);
    }

    void addWrong(String note) {
        records++;
        wrong++;
        addNote(note);
    }

    void addRetries(Map<String, Long> countByError) {
        countByError.forEach((error, count) -> retries.merge(error, count, Long::sum));
    }

    void addAll(WorkResult other) {
        latencies.addAll(other.latencies);
        addRetries(other.retries);
        other.notes.forEach(this::addNote);
        records += other.records;
        lost += other.lost;
        wrong += other.wrong;
    }

    Line toLine() {
        StringJoiner errors = new StringJoiner(",");
        retries.forEach((error, count) -> errors.add(error + ":" + count));
        return Line.of("DONE")
                .with("records", records)
                .with("lost", lost)
                .with("wrong", wrong)
                .with("retries", errors)
                .with("notes", String.join("\n", notes))
                .with("latencies", latencies.format());
    }

    static WorkResult parse(Line line) {
        WorkResult result = new WorkResult();
        result.records = line.number("records");
        result.lost = line.number("lost");
        result.wrong = line.number("wrong");
        result.latencies.addAll(Latencies.parse(line.text("latencies")));
        line.text("notes").lines().forEach(result::addNote);
        if (!line.text("retries").isEmpty()) {
            for (String error : line.text("retries").split(",")) {
                int colon = error.indexOf(':');
                result.retries.put(error.substring(0, colon), Long.parseLong(error.substring(colon + 1)));
            }
        }
        return result;
    }

    private void addNote(String note) {
        if (notes.size() < NOTES_MAX) {
            notes.add(note);
        }
    }
}
