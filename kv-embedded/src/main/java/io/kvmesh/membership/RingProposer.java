package io.kvmesh.membership;

import io.kvmesh.membership.RingMessage.Kind;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.RingState;
import io.kvmesh.transport.PeerId;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Gets the next state of the ring decided: the proposer of Paxos. Confined to the control lane. One attempt at a time;
 * one that gets no majority in a few rounds is given up, and whoever wants the change tries again.
 *
 * <p>Who was refused for the sake of a higher ballot leaves the others alone until its next round of gossip: of two
 * that tried again at once, each would for ever keep the other one from being accepted.
 */
final class RingProposer {
    private static final int ATTEMPT_ROUNDS = 4;

    private final PeerId self;
    private final BiConsumer<NodeId, RingMessage> send;
    private final Consumer<RingState> decided;
    private long roundMax;
    private @Nullable Attempt attempt;
    private boolean refused;

    /** One ballot. */
    private static final class Attempt {
        final Ballot ballot;
        final List<NodeId> voters;
        final int required;
        final SortedSet<NodeId> promised = new TreeSet<>();
        final SortedSet<NodeId> accepted = new TreeSet<>();
        RingState value;
        Ballot valueBallot = Ballot.NONE;
        boolean accepting;
        int rounds;

        Attempt(Ballot ballot, List<NodeId> voters, int required, RingState value) {
            this.ballot = ballot;
            this.voters = voters;
            this.required = required;
            this.value = value;
        }
    }

    /**
     * @param send takes a message to a voter, this member included
     * @param decided told of each state that this member got decided
     */
    RingProposer(PeerId self, BiConsumer<NodeId, RingMessage> send, Consumer<RingState> decided) {
        this.self = self;
        this.send = send;
        this.decided = decided;
    }

    /** Whether an attempt is under way, or the next one has to wait. */
    boolean isBusy() {
        return attempt != null || refused;
    }

    /** Tries to get a state decided; another one may be instead, if somebody else's was about to be. */
    void propose(RingState next, List<NodeId> voters, int required) {
        if (isBusy()) {
            return;
        }
        roundMax++;
        Attempt begun = new Attempt(new Ballot(roundMax, self), List.copyOf(voters), required, next);
        attempt = begun;
        ask(begun);
    }

    /** Asks those who have not answered. What was answered before is answered again in the same way. */
    private void ask(Attempt current) {
        RingMessage question = new RingMessage(
                current.accepting ? Kind.ACCEPT : Kind.PREPARE,
                current.value.epoch(),
                current.ballot,
                Ballot.NONE,
                current.accepting ? current.value : null);
        SortedSet<NodeId> answered = current.accepting ? current.accepted : current.promised;
        current.voters.stream()
                .filter(voter -> !answered.contains(voter))
                .toList()
                .forEach(voter -> send.accept(voter, question));
    }

    /** Takes PROMISE, ACCEPTED or REFUSED. */
    void onAnswer(NodeId from, RingMessage answer) {
        roundMax = Math.max(roundMax, answer.ballot().round());
        Attempt current = attempt;
        if (current == null || !answer.epoch().equals(current.value.epoch()) || !current.voters.contains(from)) {
            return;
        }
        if (answer.kind() == Kind.REFUSED) {
            if (current.ballot.isBelow(answer.ballot())) {
                attempt = null;
                refused = true;
            }
        } else if (answer.ballot().equals(current.ballot)) {
            if (answer.kind() == Kind.PROMISE) {
                onPromise(current, from, answer);
            } else {
                onAccepted(current, from);
            }
        }
    }

    /** Asks again, or gives up an attempt that takes too long. To be called once per round of gossip. */
    void round() {
        refused = false;
        Attempt current = attempt;
        if (current == null) {
            return;
        }
        if (++current.rounds > ATTEMPT_ROUNDS) {
            attempt = null;
        } else {
            ask(current);
        }
    }

    /** The ring is past what is being decided. */
    void abandon() {
        attempt = null;
        refused = false;
    }

    private void onPromise(Attempt current, NodeId from, RingMessage promise) {
        current.promised.add(from);
        RingState theirs = promise.state();
        if (!current.accepting && theirs != null && current.valueBallot.isBelow(promise.accepted())) {
            current.value = theirs;
            current.valueBallot = promise.accepted();
        }
        if (!current.accepting && current.promised.size() >= current.required) {
            current.accepting = true;
            ask(current);
        }
    }

    private void onAccepted(Attempt current, NodeId from) {
        current.accepted.add(from);
        if (current.accepted.size() >= current.required && attempt == current) {
            attempt = null;
            decided.accept(current.value);
        }
    }
}
