package io.kvmesh.membership;

import io.kvmesh.api.MemberState;
import io.kvmesh.model.NodeId;
import io.kvmesh.transport.PeerId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides which other members are alive. Confined to the control lane.
 *
 * <ol>
 *   <li>Every heartbeat that is later than the latest one, however it came, makes a member ALIVE.
 *   <li>A member whose heartbeat is overdue ({@link ArrivalWindow#isDoubtful}) is pinged, twice per interval. The
 *       answer is a new heartbeat. So a gap in the gossip is closed before it looks like a death.
 *   <li>From three intervals of silence on, others are asked to ping it too, in case only the link to it is cut.
 *   <li>When phi passes the threshold and no ping was answered it is SUSPECT. This member tells all others so, at once
 *       and in the next few ticks, naming the latest heartbeat it heard: whoever knows no later one and is in doubt as
 *       well agrees, others ignore it, and the suspect, if it lives, answers with a later one. So a death is known
 *       everywhere as soon as one member is sure.
 *   <li>A member that stays SUSPECT for long enough is DEAD.
 * </ol>
 */
final class FailureDetector {
    /** How often {@link #tick} is called per gossip interval. */
    static final int TICKS_PER_INTERVAL = 4;

    private static final int PROBES_PER_INTERVAL = 2;
    private static final double INDIRECT_PROBES_AFTER_INTERVALS = 3.0;
    /** Pings that must have gone unanswered before a suspicion. */
    private static final int PROBES_BEFORE_SUSPICION = 2;
    /** How often this member repeats its own suspicion, once per tick. */
    private static final int SUSPICION_REPEATS = 3;
    /** Pings sent in one tick, or an eighth of the members if that is more. The longest silent ones come first. */
    private static final int PROBES_PER_TICK_MAX = 16;

    private final MembershipConfig config;
    private final SortedMap<NodeId, Contact> contacts = new TreeMap<>();

    FailureDetector(MembershipConfig config) {
        this.config = config;
    }

    /** What to do about a member. */
    enum Verdict {
        /** Ping it. */
        PROBE,
        /** Ping it, and ask others to. */
        PROBE_THROUGH_OTHERS,
        /** It became SUSPECT by what this member saw itself. */
        SUSPECTED,
        /** It became so a moment ago: say it again, since messages may be lost. */
        STILL_SUSPECTED,
        /** It became DEAD. */
        DIED
    }

    /** A verdict about one member. */
    record Finding(NodeId node, Verdict verdict) {}

    @Nullable
    Contact contact(NodeId node) {
        return contacts.get(node);
    }

    /** Whether a member is ALIVE and its heartbeat is not overdue. */
    boolean isWell(NodeId node, long nowNanos) {
        Contact contact = contacts.get(node);
        return contact != null && contact.state == MemberState.ALIVE && !isDoubtful(contact, nowNanos);
    }

    MemberState state(NodeId node) {
        Contact contact = contacts.get(node);
        return contact == null ? MemberState.DEAD : contact.state;
    }

    /**
     * Starts to watch a run of a member of which only others have told so far. It counts as SUSPECT until it is heard,
     * because what others tell may be old; but a member that is ALIVE stays so when it restarts.
     */
    void learned(PeerId peer, long heartbeat, long wallMicros, long nowNanos) {
        Contact known = contacts.get(peer.node());
        if (known != null && known.peer.generation() >= peer.generation()) {
            return;
        }
        ArrivalWindow arrivals = new ArrivalWindow(config.gossipIntervalNanos(), nowNanos);
        boolean alive = known != null && known.state == MemberState.ALIVE;
        MemberState state = alive ? MemberState.ALIVE : MemberState.SUSPECT;
        Contact contact = new Contact(peer, arrivals, state, wallMicros, nowNanos);
        contact.heardVersion = heartbeat;
        contacts.put(peer.node(), contact);
    }

    /**
     * Takes note of a heartbeat.
     *
     * @return whether the member's state changed
     */
    boolean heard(PeerId peer, long heartbeat, long wallMicros, long nowNanos) {
        Contact contact = contacts.get(peer.node());
        if (contact == null || !contact.peer.equals(peer) || heartbeat <= contact.heardVersion) {
            return false;
        }
        contact.heardVersion = heartbeat;
        contact.arrivals.heard(nowNanos);
        contact.probesUnanswered = 0;
        contact.accused = false;
        return change(contact, MemberState.ALIVE, wallMicros, nowNanos);
    }

    /**
     * Takes note that the member answered this one's hello, which proves life as a heartbeat does.
     *
     * @return whether the member's state changed
     */
    boolean met(PeerId peer, long wallMicros, long nowNanos) {
        Contact contact = contacts.get(peer.node());
        if (contact == null || !contact.peer.equals(peer) || contact.heardVersion == Contact.DEPARTED) {
            return false;
        }
        contact.arrivals.heard(nowNanos);
        contact.probesUnanswered = 0;
        contact.accused = false;
        return change(contact, MemberState.ALIVE, wallMicros, nowNanos);
    }

    /**
     * Weighs another member's suspicion. It counts only if this member has heard no later heartbeat and got no answer
     * to a ping of its own, which it sends now if it had no reason to before; the suspicion is repeated a moment later.
     * So a false suspicion of one does not become one of all, and a heartbeat that came late by many steps delays
     * nothing.
     *
     * @param version the latest heartbeat that the other one heard
     * @return whether the member's state changed
     */
    boolean suspectedByOther(PeerId peer, long version, long wallMicros, long nowNanos) {
        Contact contact = contacts.get(peer.node());
        if (contact == null || !contact.peer.equals(peer) || version < contact.heardVersion) {
            return false;
        }
        contact.accused = true;
        if (contact.probesUnanswered == 0) {
            return false;
        }
        contact.heardVersion = version;
        return contact.state == MemberState.ALIVE && change(contact, MemberState.SUSPECT, wallMicros, nowNanos);
    }

    /**
     * Takes note of a goodbye: only a later generation of this member can be alive.
     *
     * @return whether the member's state changed
     */
    boolean departed(PeerId peer, long wallMicros, long nowNanos) {
        Contact contact = contacts.get(peer.node());
        if (contact == null || !contact.peer.equals(peer)) {
            return false;
        }
        contact.heardVersion = Contact.DEPARTED;
        return contact.state == MemberState.ALIVE && change(contact, MemberState.SUSPECT, wallMicros, nowNanos);
    }

    /** Watches a member no longer. */
    void forget(NodeId node) {
        contacts.remove(node);
    }

    /** What there is to do, ordered by identity; changes of state are made already. */
    List<Finding> tick(long wallMicros, long nowNanos) {
        List<Finding> findings = new ArrayList<>();
        List<Contact> overdue = new ArrayList<>();
        for (Contact contact : contacts.values()) {
            Verdict verdict = judge(contact, wallMicros, nowNanos);
            if (verdict != null) {
                findings.add(new Finding(contact.peer.node(), verdict));
            }
            if (isPingDue(contact, nowNanos)) {
                overdue.add(contact);
            }
        }
        overdue.sort(Comparator.comparingDouble(contact -> -contact.arrivals.silence(nowNanos)));
        int probes = Math.min(overdue.size(), Math.max(PROBES_PER_TICK_MAX, contacts.size() / 8));
        for (Contact contact : overdue.subList(0, probes)) {
            findings.add(new Finding(contact.peer.node(), probe(contact, nowNanos)));
        }
        return findings;
    }

    private @Nullable Verdict judge(Contact contact, long wallMicros, long nowNanos) {
        if (contact.state == MemberState.ALIVE
                && contact.probesUnanswered >= PROBES_BEFORE_SUSPICION
                && contact.arrivals.phi(nowNanos) >= config.suspicionThreshold()) {
            change(contact, MemberState.SUSPECT, wallMicros, nowNanos);
            contact.suspicionRepeats = SUSPICION_REPEATS;
            return Verdict.SUSPECTED;
        }
        if (contact.state == MemberState.SUSPECT && nowNanos - contact.stateSinceNanos >= config.deadAfterNanos()) {
            change(contact, MemberState.DEAD, wallMicros, nowNanos);
            return Verdict.DIED;
        }
        if (contact.state == MemberState.SUSPECT && contact.suspicionRepeats > 0) {
            contact.suspicionRepeats--;
            return Verdict.STILL_SUSPECTED;
        }
        return null;
    }

    private static boolean isDoubtful(Contact contact, long nowNanos) {
        return contact.accused || contact.arrivals.isDoubtful(nowNanos);
    }

    private boolean isPingDue(Contact contact, long nowNanos) {
        boolean wanted = contact.state == MemberState.SUSPECT
                || (contact.state == MemberState.ALIVE && isDoubtful(contact, nowNanos));
        return wanted
                && contact.heardVersion != Contact.DEPARTED
                && nowNanos - contact.probedNanos >= config.gossipIntervalNanos() / PROBES_PER_INTERVAL;
    }

    private static Verdict probe(Contact contact, long nowNanos) {
        contact.probedNanos = nowNanos;
        contact.probesUnanswered++;
        return contact.arrivals.silence(nowNanos) >= INDIRECT_PROBES_AFTER_INTERVALS
                ? Verdict.PROBE_THROUGH_OTHERS
                : Verdict.PROBE;
    }

    private static boolean change(Contact contact, MemberState state, long wallMicros, long nowNanos) {
        if (contact.state == state) {
            return false;
        }
        contact.state = state;
        contact.stateSinceMicros = wallMicros;
        contact.stateSinceNanos = nowNanos;
        return true;
    }
}
