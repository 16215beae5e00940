package io.kvmesh.process;

import io.kvmesh.process.WriteScript.Operation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What was acknowledged to the writers of a {@link WriteScript}, and so what may be read of each key. Guarded by its own
 * monitor: lines of several processes come in on several threads.
 *
 * <p>A key must hold what was acknowledged last. It may instead hold the effect of its writer's operation that was under
 * way when the writer's process ended; once that was seen, it must stay.
 */
final class Ledger {
    private static final int FAULTS_MAX = 20;
    private static final long NONE = -1;

    private final WriteScript script;
    private final long[] acknowledged;
    private final long[] nextSequence;
    private final long[] inDoubt;
    private final List<String> faults = new ArrayList<>();
    private long acknowledgements;
    private long reads;

    Ledger(WriteScript script) {
        this.script = script;
        acknowledged = new long[script.keys()];
        inDoubt = new long[script.keys()];
        Arrays.fill(inDoubt, NONE);
        nextSequence = new long[script.writers()];
        Arrays.fill(nextSequence, 1);
    }

    /** Takes a line of a child: {@code a WRITER SEQUENCE} was acknowledged, {@code k KEY SEQUENCE} was read. */
    synchronized void onLine(String line) {
        String[] words = line.split(" ", -1);
        switch (words[0]) {
            case "a" -> onAcknowledged(Integer.parseInt(words[1]), Long.parseLong(words[2]));
            case "k" -> onRead(Integer.parseInt(words[1]), Long.parseLong(words[2]));
            case "f" -> fault(line.substring(2));
            default -> fault("unexpected line '" + line + "'");
        }
    }

    /** The sequence with which each writer goes on, skipping the one that may have been under way. */
    synchronized String resumeWriters(List<Integer> writers) {
        List<String> starts = new ArrayList<>();
        for (int writer : writers) {
            Operation lost = script.operation(writer, nextSequence[writer]);
            inDoubt[lost.key()] = lost.effect();
            nextSequence[writer]++;
            starts.add(Long.toString(nextSequence[writer]));
        }
        return String.join(",", starts);
    }

    /** All keys were read from a store that is alone: what is not there now must never appear. */
    synchronized void settleDoubts() {
        Arrays.fill(inDoubt, NONE);
    }

    synchronized long acknowledgements() {
        return acknowledgements;
    }

    synchronized long reads() {
        return reads;
    }

    synchronized List<String> faults() {
        return List.copyOf(faults);
    }

    private void onAcknowledged(int writer, long sequence) {
        if (sequence != nextSequence[writer]) {
            fault("writer " + writer + " acknowledged " + sequence + " instead of " + nextSequence[writer]);
        }
        Operation operation = script.operation(writer, sequence);
        acknowledged[operation.key()] = operation.effect();
        inDoubt[operation.key()] = NONE;
        nextSequence[writer] = sequence + 1;
        acknowledgements++;
    }

    private void onRead(int key, long sequence) {
        reads++;
        if (sequence == acknowledged[key]) {
            return;
        }
        int writer = script.writerOf(key);
        Operation underWay = script.operation(writer, nextSequence[writer]);
        boolean mayBeUnderWay = underWay.key() == key && underWay.effect() == sequence;
        if (inDoubt[key] == sequence || mayBeUnderWay) {
            acknowledged[key] = sequence;
            inDoubt[key] = NONE;
            return;
        }
        fault("key " + key + " holds sequence " + sequence + " where " + acknowledged[key] + " was acknowledged"
                + " (next of its writer is " + nextSequence[writer] + ", in doubt is " + inDoubt[key] + ")");
    }

    private void fault(String text) {
        if (faults.size() < FAULTS_MAX) {
            faults.add(text);
        }
    }
}
