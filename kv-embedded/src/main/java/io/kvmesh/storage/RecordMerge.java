package io.kvmesh.storage;

import io.kvmesh.storage.record.RecordSource;
import io.kvmesh.storage.record.RecordView;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Merges sources by key, giving the newest record of each, without an object for any. Not safe for several threads.
 *
 * <p>The sources play a tournament (Knuth, "The Art of Computer Programming", volume 3, section 5.4.1): each match is
 * won by the lesser key, and of equal keys by the newest record. When the winner has moved on, only its own matches are
 * played again: as many comparisons as the tournament has rounds, and none to find out who else has the key, since of
 * two sources with one key the loser of their match remembers it. What is shown stays until the next record is asked
 * for.
 */
final class RecordMerge implements RecordSource {
    private static final int FINAL = 1;

    private RecordSource[] sources = new RecordSource[8];
    /** What each source shows, or null at its end. */
    private @Nullable RecordView[] records = new RecordView[8];

    private int count;
    /** The source that lost each match. The final is match 1, and the winners of 2n and 2n+1 meet in match n. */
    private int[] losers = {};
    /** Whether the loser of a match has the same key as its winner. */
    private boolean[] equal = {};

    private int winner;
    private boolean started;

    /** Takes in a source, before the first key is asked for. */
    void add(RecordSource source) {
        if (count == sources.length) {
            sources = Arrays.copyOf(sources, 2 * count);
            records = Arrays.copyOf(records, 2 * count);
        }
        sources[count++] = source;
    }

    @Override
    public boolean next() {
        if (!started) {
            start();
        } else if (records[winner] != null) {
            boolean sameKeyFollows;
            do {
                sameKeyFollows = moveOn(winner);
            } while (sameKeyFollows);
        }
        return count > 0 && records[winner] != null;
    }

    private void start() {
        started = true;
        losers = new int[count];
        equal = new boolean[count];
        for (int i = 0; i < count; i++) {
            records[i] = sources[i].next() ? sources[i].record() : null;
        }
        winner = count == 0 ? 0 : play(FINAL);
    }

    /** Plays a match and those that lead to it, and returns who won. The matches of one source are its number. */
    private int play(int match) {
        if (match >= count) {
            return match - count;
        }
        return settle(match, play(2 * match), play(2 * match + 1));
    }

    /** The winner moves to its next record and plays its matches again. Tells whether another one has its last key. */
    private boolean moveOn(int source) {
        if (!sources[source].next()) {
            records[source] = null;
        }
        boolean sameKeyFollows = false;
        int best = source;
        for (int match = (count + source) >>> 1; match >= FINAL; match >>>= 1) {
            sameKeyFollows |= equal[match];
            best = settle(match, best, losers[match]);
        }
        winner = best;
        return sameKeyFollows;
    }

    private int settle(int match, int first, int second) {
        RecordView firstRecord = records[first];
        RecordView secondRecord = records[second];
        boolean firstWins;
        if (firstRecord == null || secondRecord == null) {
            equal[match] = false;
            firstWins = firstRecord != null;
        } else {
            int order = firstRecord.compareKey(secondRecord);
            equal[match] = order == 0;
            firstWins = order != 0 ? order < 0 : firstRecord.compareCell(secondRecord) > 0;
        }
        losers[match] = firstWins ? second : first;
        return firstWins ? first : second;
    }

    @Override
    public RecordView record() {
        return Objects.requireNonNull(records[winner], "the merge stands on no record");
    }
}
