package io.kvmesh.membership;

import io.kvmesh.model.NodeId;
import io.kvmesh.transport.PeerId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Since when members are departed, that is dead without a seat in the ring, and which of them were forgotten. Confined
 * to the control lane.
 *
 * <p>Whoever departed for long is forgotten, or else a mesh whose members come and go would reach its bound one day. A
 * member that was cut off or stood still may tell of it afterwards. So the run that was forgotten is remembered here
 * for a further while, in a few bytes: what others tell of it counts for nothing. If it lives after all it says hello
 * itself, and is known again by that.
 *
 * <p>The time is wall time and is saved, because a member that restarts every day must forget others as well. A clock
 * that jumps makes members be forgotten too early or too late, which costs nothing but what the list of members shows.
 */
final class Departures {
    /**
     * Of so many members that were forgotten the last run is remembered; those who departed first are dropped first.
     */
    static final int FORGOTTEN_MAX = 10_000;
    /** A forgotten run is remembered for so many times as long as it took to forget it. */
    static final int REMEMBERED_TIMES = 10;

    private static final long NANOS_PER_MICRO = 1_000;

    private final long forgetAfterMicros;
    private final TreeMap<NodeId, Departure> departures = new TreeMap<>();
    private boolean changed;

    Departures(long forgetAfterNanos) {
        this.forgetAfterMicros = forgetAfterNanos / NANOS_PER_MICRO;
    }

    /**
     * The departure of a member.
     *
     * @param peer its last run that was known
     * @param sinceMicros wall time
     */
    record Departure(PeerId peer, long sinceMicros) {
        private static final Comparator<Departure> LONGEST_FIRST =
                Comparator.comparingLong(Departure::sinceMicros).thenComparing(departure -> departure.peer.node());
    }

    /** Takes up what an earlier run knew. */
    void restore(List<Departure> saved) {
        saved.forEach(departure -> departures.put(departure.peer().node(), departure));
    }

    /** All departures, ordered by identity. */
    Collection<Departure> all() {
        return Collections.unmodifiableCollection(departures.values());
    }

    /** Whether anything is to be saved since the last call. */
    boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    /** What was to be saved could not be. */
    void keepChanged() {
        changed = true;
    }

    /** A run of a member is dead and has no seat. */
    void departed(PeerId peer, long nowMicros) {
        Departure known = departures.get(peer.node());
        // A clock that was set back must not keep a member for longer.
        boolean same =
                known != null && known.peer().generation() == peer.generation() && known.sinceMicros() <= nowMicros;
        if (!same) {
            departures.put(peer.node(), new Departure(peer, nowMicros));
            changed = true;
        }
    }

    /** A member is alive, or has a seat. */
    void returned(NodeId node) {
        changed |= departures.remove(node) != null;
    }

    /** Whether a run departed; of a member that is not known by now it means that it was forgotten. */
    boolean includes(PeerId peer) {
        Departure known = departures.get(peer.node());
        return known != null && peer.generation() <= known.peer().generation();
    }

    /** Those who departed for so long that they are to be forgotten. */
    List<NodeId> due(Predicate<NodeId> isDeparted, long nowMicros) {
        List<NodeId> due = new ArrayList<>();
        for (Departure departure : departures.values()) {
            NodeId node = departure.peer().node();
            if (nowMicros - departure.sinceMicros() >= forgetAfterMicros && isDeparted.test(node)) {
                due.add(node);
            }
        }
        return due;
    }

    /** The one that departed first and is still departed; null if none is. */
    @Nullable
    NodeId longest(Predicate<NodeId> isDeparted) {
        return departures.values().stream()
                .filter(departure -> isDeparted.test(departure.peer().node()))
                .min(Departure.LONGEST_FIRST)
                .map(departure -> departure.peer().node())
                .orElse(null);
    }

    /** Drops what need not be remembered any more of those who were forgotten. */
    void prune(Predicate<NodeId> isKnown, long nowMicros) {
        List<Departure> forgotten = new ArrayList<>();
        for (Departure departure : departures.values()) {
            if (!isKnown.test(departure.peer().node())) {
                forgotten.add(departure);
            }
        }
        forgotten.sort(Departure.LONGEST_FIRST);
        int tooMany = forgotten.size() - FORGOTTEN_MAX;
        for (int i = 0; i < forgotten.size(); i++) {
            Departure departure = forgotten.get(i);
            boolean over = nowMicros - departure.sinceMicros() >= REMEMBERED_TIMES * forgetAfterMicros;
            if (i < tooMany || over) {
                returned(departure.peer().node());
            }
        }
    }
}
