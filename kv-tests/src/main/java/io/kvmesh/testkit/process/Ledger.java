package io.kvmesh.testkit.process;

import io.kvmesh.testkit.process.WriteScript.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What was acknowledged to the writers of a {@link WriteScript}, and so what may be read of each key. Guarded by its
 * own monitor: lines of several processes come in on several threads.
 *
 * <p>A key must hold what was acknowledged last. It may instead hold the effect of an operation of its writer that was
 * under way when the writer's process ended, until a later one is acknowledged; once that was seen, it must stay.
 */
public final class Ledger {
    private static final int FAULTS_MAX = 20;

    private final WriteScript script;
    private final long[] acknowledged;
    private final long[] nextSequence;
    /** By key, the effects that may still appear, the oldest first. */
    private final List<List<Long>> inDoubt = new ArrayList<>();

    private final List<String> faults = new ArrayList<>();
    private long acknowledgements;
    private long doubts;
    private long reads;
    private long lost;
    private long wrong;
    private long undocumented;

    public Ledger(WriteScript script) {
        this.script = script;
        acknowledged = new long[script.keys()];
        for (int key = 0; key < script.keys(); key++) {
            inDoubt.add(new ArrayList<>(0));
        }
        nextSequence = new long[script.writers()];
        Arrays.fill(nextSequence, 1);
    }

    /**
     * Takes a line of a child: {@code a WRITER SEQUENCE} was acknowledged, {@code k KEY SEQUENCE} was read, {@code f}
     * before what is wrong, {@code u} before an error that must not occur.
     */
    public synchronized void onLine(String line) {
        String[] words = line.split(" ", -1);
        switch (words[0]) {
            case "a" -> onAcknowledged(Integer.parseInt(words[1]), Long.parseLong(words[2]));
            case "k" -> onRead(Integer.parseInt(words[1]), Long.parseLong(words[2]));
            case "u" -> {
                undocumented++;
                fault(line.substring(2));
            }
            case "f" -> wrong(line.substring(2));
            default -> wrong("unexpected line '" + line + "'");
        }
    }

    /** The sequence with which each writer goes on after its process ended, skipping the one that was under way. */
    public synchronized String resumeWriters(List<Integer> writers) {
        for (int writer : writers) {
            Operation lostSight = script.operation(writer, nextSequence[writer]);
            inDoubt.get(lostSight.key()).add(lostSight.effect());
            doubts++;
            nextSequence[writer]++;
        }
        return nextSequences(writers);
    }

    /** The sequence with which each writer goes on that was stopped between two operations. */
    public synchronized String nextSequences(List<Integer> writers) {
        List<String> starts = new ArrayList<>();
        for (int writer : writers) {
            starts.add(Long.toString(nextSequence[writer]));
        }
        return String.join(",", starts);
    }

    /** All keys were read from a store that is alone: what is not there now must never appear. */
    public synchronized void settleDoubts() {
        inDoubt.forEach(List::clear);
    }

    public synchronized long acknowledgements() {
        return acknowledgements;
    }

    /** The sequence that a writer was acknowledged last; 0 for none. */
    public synchronized long lastSequence(int writer) {
        return nextSequence[writer] - 1;
    }

    /** Operations that were under way when their process ended. */
    public synchronized long doubts() {
        return doubts;
    }

    public synchronized long reads() {
        return reads;
    }

    /** How many reads found something older than what was acknowledged. */
    public synchronized long lost() {
        return lost;
    }

    /** How many calls failed in a way that is not documented. */
    public synchronized long undocumented() {
        return undocumented;
    }

    /** How many faults of other kinds there were: values that nobody wrote, reads that failed when all was well. */
    public synchronized long wrong() {
        return wrong;
    }

    /** The first faults of all kinds, a sentence each. */
    public synchronized List<String> faults() {
        return List.copyOf(faults);
    }

    private void onAcknowledged(int writer, long sequence) {
        if (sequence != nextSequence[writer]) {
            wrong("writer " + writer + " acknowledged " + sequence + " instead of " + nextSequence[writer]);
        }
        Operation operation = script.operation(writer, sequence);
        acknowledged[operation.key()] = operation.effect();
        inDoubt.get(operation.key()).clear();
        nextSequence[writer] = sequence + 1;
        acknowledgements++;
    }

    private void onRead(int key, long sequence) {
        reads++;
        if (sequence == acknowledged[key]) {
            return;
        }
        int writer = script.writerOf(key);
        List<Long> doubtful = inDoubt.get(key);
        int seen = doubtful.indexOf(sequence);
        Operation underWay = script.operation(writer, nextSequence[writer]);
        if (seen >= 0) {
            acknowledged[key] = sequence;
            // What is older than the one that was seen must not appear any more.
            doubtful.subList(0, seen + 1).clear();
        } else if (underWay.key() == key && underWay.effect() == sequence) {
            acknowledged[key] = sequence;
            doubtful.clear();
        } else {
            onUnexpected(key, sequence, writer, doubtful);
        }
    }

    private void onUnexpected(int key, long sequence, int writer, List<Long> doubtful) {
        String text = "key " + key + " holds sequence " + sequence + " where " + acknowledged[key]
                + " was acknowledged (next of its writer is " + nextSequence[writer] + ", in doubt are " + doubtful
                + ")";
        if (sequence >= nextSequence[writer]) {
            wrong(text);
        } else {
            lost++;
            fault(text);
        }
    }

    private void wrong(String text) {
        wrong++;
        fault(text);
    }

    private void fault(String text) {
        if (faults.size() < FAULTS_MAX) {
            faults.add(text);
        }
    }
}
