package io.kvmesh.transport;

import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.transport.HelloFrames.Greeting;
import io.kvmesh.transport.HelloFrames.Rejection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Agrees sessions by hello and acknowledgement. Confined to the control lane.
 *
 * <ol>
 *   <li>A member says hello to an address until it is answered; frames may be lost, and are when two members dial each
 *       other at once.
 *   <li>Whoever hears a hello compares terms. If they differ it answers with a rejection that names both values.
 *   <li>If they agree it notes where the other listens, accepts requests from it, acknowledges, and says hello itself.
 *   <li>Whoever gets the acknowledgement may send requests: the other side is known to accept them.
 * </ol>
 *
 * So a session is agreed on each side only after a frame went there and back.
 */
final class Handshake {
    private final Hello self;
    private final PeerAddress selfAddress;
    private final Transport transport;
    private final Scheduler scheduler;
    private final MessengerLimits limits;
    private final MessengerMetrics metrics;
    private final PeerSessions.Listener listener;
    private final RejectionReports reports;
    private final Map<NodeId, PeerSession> sessions;
    private final Consumer<PeerSession> onClosed;

    private final Map<Long, HelloAttempt> attempts = new TreeMap<>();
    private final Map<NodeId, HelloAttempt> attemptsByNode = new TreeMap<>();
    private final Map<PeerAddress, HelloAttempt> attemptsByAddress = new LinkedHashMap<>();
    private long lastAttempt;
    private boolean closed;

    /**
     * @param sessions where agreed sessions are published; only the control lane changes it
     * @param onClosed fails what waits for an answer in a session
     */
    Handshake(
            Greeting self,
            Transport transport,
            Clock clock,
            Scheduler scheduler,
            MessengerLimits limits,
            MessengerMetrics metrics,
            PeerSessions.Listener listener,
            Map<NodeId, PeerSession> sessions,
            Consumer<PeerSession> onClosed) {
        this.self = self.hello();
        this.selfAddress = self.address();
        this.transport = transport;
        this.scheduler = scheduler;
        this.limits = limits;
        this.metrics = metrics;
        this.listener = listener;
        this.reports = new RejectionReports(clock, listener);
        this.sessions = sessions;
        this.onClosed = onClosed;
    }

    void connect(PeerAddress address) {
        if (address.equals(selfAddress) || attemptsByAddress.containsKey(address) || !hasRoom(address)) {
            return;
        }
        HelloAttempt attempt = new HelloAttempt(++lastAttempt, null, address);
        attemptsByAddress.put(address, attempt);
        begin(attempt);
    }

    void connect(PeerId peer, PeerAddress address) {
        if (peer.node().equals(self.peer().node()) || isAgreed(peer.node(), peer.generation())) {
            return;
        }
        HelloAttempt running = attemptsByNode.get(peer.node());
        if (running != null) {
            running.redirect(peer, address);
        } else if (hasRoom(address)) {
            HelloAttempt attempt = new HelloAttempt(++lastAttempt, peer, address);
            attemptsByNode.put(peer.node(), attempt);
            begin(attempt);
        }
    }

    private boolean hasRoom(PeerAddress address) {
        if (attempts.size() < limits.peersMax()) {
            return true;
        }
        reports.rejected(address, "hellos to " + limits.peersMax() + " addresses are unanswered already");
        return false;
    }

    void disconnect(NodeId node) {
        HelloAttempt attempt = attemptsByNode.get(node);
        if (attempt != null) {
            finish(attempt);
        }
        PeerSession session = sessions.get(node);
        if (session != null) {
            close(session);
            transport.retain(sessions.values().stream()
                    .map(kept -> kept.peer)
                    .sorted((a, b) -> a.node().compareTo(b.node()))
                    .toList());
        }
    }

    void close() {
        closed = true;
        for (HelloAttempt attempt : attempts.values()) {
            attempt.finish();
        }
    }

    // Saying hello.

    private void begin(HelloAttempt attempt) {
        attempts.put(attempt.id, attempt);
        sayHello(attempt);
    }

    private void sayHello(HelloAttempt attempt) {
        if (closed || attempt.isDone()) {
            return;
        }
        sendToAddress(attempt.address(), HelloFrames.greeting(Verb.HELLO, attempt.id, greeting()));
        attempt.setTimer(scheduler.schedule(Lane.CONTROL, attempt.nextDelayNanos(), () -> sayHello(attempt)));
    }

    private void finish(HelloAttempt attempt) {
        attempt.finish();
        attempts.remove(attempt.id);
        if (attempt.node != null) {
            attemptsByNode.remove(attempt.node, attempt);
        } else {
            attemptsByAddress.remove(attempt.address(), attempt);
        }
    }

    // Hearing a hello.

    void onHello(PeerId from, long attemptId, Greeting greeting) {
        if (closed) {
            return;
        }
        if (isSelf(greeting)) {
            HelloAttempt toSelf = attempts.get(attemptId);
            if (toSelf != null && from.equals(self.peer())) {
                finish(toSelf);
            }
            return;
        }
        String disagreement = disagreementWith(greeting);
        if (disagreement != null) {
            reports.rejected(greeting.address(), disagreement);
            reject(greeting.address(), attemptId, disagreement);
            return;
        }
        PeerSession known = sessions.get(from.node());
        if (known != null && from.generation() < known.peer.generation()) {
            // Usually the last words of a process that was restarted meanwhile, so nothing to report here.
            reject(
                    greeting.address(),
                    attemptId,
                    "generation " + known.peer.generation() + " of member " + from.node() + " at " + known.address()
                            + " is newer than " + from.generation());
            return;
        }
        PeerSession session = open(from, greeting.address());
        send(from, HelloFrames.greeting(Verb.HELLO_ACK, attemptId, greeting()));
        if (!session.isAgreed()) {
            connect(from, greeting.address());
        }
    }

    private boolean isSelf(Greeting greeting) {
        return greeting.hello().peer().node().equals(self.peer().node())
                && greeting.address().equals(selfAddress);
    }

    private @Nullable String disagreementWith(Greeting greeting) {
        NodeId node = greeting.hello().peer().node();
        if (node.equals(self.peer().node())) {
            return "node id " + node + " of the member at " + selfAddress + " is also that of the member at "
                    + greeting.address() + "; was a directory copied?";
        }
        String disagreement = self.disagreementWith(greeting.hello());
        if (disagreement == null && !sessions.containsKey(node) && sessions.size() >= limits.peersMax()) {
            return "member " + self.peer().node() + " has sessions with " + limits.peersMax()
                    + " peers, which is its limit; no room for member " + node;
        }
        return disagreement;
    }

    private void reject(PeerAddress address, long attemptId, String reason) {
        metrics.rejected.increment();
        sendToAddress(address, HelloFrames.rejection(attemptId, new Rejection(selfAddress, reason)));
    }

    // Hearing an answer.

    void onAcknowledged(PeerId from, long attemptId, Greeting greeting) {
        HelloAttempt attempt = attempts.get(attemptId);
        if (closed || attempt == null || isSelf(greeting)) {
            return;
        }
        String disagreement = disagreementWith(greeting);
        if (disagreement != null) {
            metrics.rejected.increment();
            attempt.slowDown();
            reports.rejected(greeting.address(), disagreement);
            return;
        }
        PeerSession known = sessions.get(from.node());
        if (known != null && from.generation() < known.peer.generation()) {
            return;
        }
        PeerSession session = open(from, greeting.address());
        boolean isNew = !session.isAgreed();
        session.setAgreed(true);
        finishAnswered(attempt, from);
        if (isNew) {
            listener.onSession(from, greeting.address());
        }
    }

    private void finishAnswered(HelloAttempt attempt, PeerId from) {
        if (attempt.node == null) {
            finish(attempt);
        } else if (!attempt.node.equals(from.node())) {
            // Another member listens there now. The one that is sought may come back, elsewhere or there.
            attempt.slowDown();
        }
        HelloAttempt sought = attemptsByNode.get(from.node());
        if (sought != null && sought.generation() <= from.generation()) {
            finish(sought);
        }
    }

    void onRejected(long attemptId, Rejection rejection) {
        HelloAttempt attempt = attempts.get(attemptId);
        if (closed || attempt == null) {
            return;
        }
        metrics.rejected.increment();
        attempt.slowDown();
        reports.rejectedBy(attempt.address(), rejection.reason());
    }

    /** The peer has no session with us, although we have one with it: it had given us up, or its answer was lost. */
    void onNoSession(PeerId from) {
        PeerSession session = sessions.get(from.node());
        if (closed || session == null || !session.peer.equals(from) || !session.isAgreed()) {
            return;
        }
        session.setAgreed(false);
        onClosed.accept(session);
        connect(from, session.address());
    }

    // Sessions.

    private boolean isAgreed(NodeId node, long generation) {
        PeerSession session = sessions.get(node);
        return session != null && session.isAgreed() && session.peer.generation() >= generation;
    }

    /** The session with this generation, made if needed. The transport must know the address before any answer. */
    private PeerSession open(PeerId peer, PeerAddress address) {
        PeerSession known = sessions.get(peer.node());
        if (known != null && known.peer.equals(peer)) {
            if (!known.address().equals(address)) {
                known.setAddress(address);
                transport.learn(peer, address);
            }
            return known;
        }
        if (known != null) {
            close(known);
        }
        transport.learn(peer, address);
        PeerSession session = new PeerSession(peer, address);
        sessions.put(peer.node(), session);
        return session;
    }

    private void close(PeerSession session) {
        session.close();
        sessions.remove(session.peer.node(), session);
        onClosed.accept(session);
    }

    private Greeting greeting() {
        return new Greeting(self, selfAddress);
    }

    private void send(PeerId to, ByteWriter frame) {
        metrics.sent.increment();
        transport.send(to, frame.array(), 0, frame.length());
    }

    private void sendToAddress(PeerAddress to, ByteWriter frame) {
        metrics.sent.increment();
        transport.sendToAddress(to, frame.array(), 0, frame.length());
    }
}
