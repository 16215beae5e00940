package io.kvmesh.transport;

import io.kvmesh.api.OverloadedException;
import io.kvmesh.api.TrafficInfo;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.Invariants;
import io.kvmesh.runtime.Lane;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.transport.HelloFrames.Greeting;
import io.kvmesh.transport.HelloFrames.Rejection;
import io.kvmesh.transport.ReplyHandler.Failure;
import java.io.IOException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Requests with replies over any {@link Transport}. Safe for any thread; no call blocks.
 *
 * <ol>
 *   <li>Sessions are agreed by {@link Handshake}; frames outside a session are dropped and their sender is told.
 *   <li>{@link #begin} registers an operation under a correlation number, which all its requests carry.
 *   <li>{@link #send} takes the request's part of the peer's budget, or fails at once.
 *   <li>The receiver drops a request whose deadline has passed: after a pause of its process whole queues are stale.
 *   <li>The first reply to a request gives the budget back and reaches the handler on the transport's thread;
 *       duplicates and replies after {@link #end} find nobody and are counted.
 *   <li>One sweep on the control lane ticks all registered operations, and only while there are any.
 * </ol>
 */
public final class PeerMessenger implements Messenger, PeerSessions, AutoCloseable {
    /** Between two ticks of a registered operation. */
    public static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

    /** How far the clocks of two members may be apart before the younger deadline is taken for passed. */
    public static final long CLOCK_DRIFT_MICROS_MAX = TimeUnit.SECONDS.toMicros(1);

    private static final Logger LOG = LoggerFactory.getLogger(PeerMessenger.class);
    private static final int VERB_CODES = 128;
    /** Of how many peers without a session answers are expected, through others. */
    private static final int UNMET_MAX = 10_000;

    private final Hello self;
    private final Transport transport;
    private final Clock clock;
    private final Scheduler scheduler;
    private final MessengerLimits limits;
    private final PeerSessions.Listener listener;
    private final MessengerMetrics metrics = new MessengerMetrics();
    private final LogThrottle malformedLog;
    private final LogThrottle failureLog;

    private final @Nullable RequestHandler[] handlers = new RequestHandler[VERB_CODES];
    private final ConcurrentHashMap<NodeId, PeerSession> sessions = new ConcurrentHashMap<>();
    /** The budgets of peers from which answers come through others, since there is no session. */
    private final ConcurrentHashMap<NodeId, PeerBudget> unmet = new ConcurrentHashMap<>();

    private final PendingTable pending = new PendingTable();
    private final AtomicLong lastCorrelation = new AtomicLong();
    private final AtomicBoolean sweepArmed = new AtomicBoolean();
    private volatile @Nullable Handshake handshake;
    private volatile boolean started;
    private volatile boolean closed;

    /** @param self the terms and the identity with which this member greets others */
    public PeerMessenger(
            Hello self,
            Transport transport,
            Clock clock,
            Scheduler scheduler,
            MessengerLimits limits,
            PeerSessions.Listener listener) {
        this.self = self;
        this.transport = transport;
        this.clock = clock;
        this.scheduler = scheduler;
        this.limits = limits;
        this.listener = listener;
        malformedLog = new LogThrottle(clock);
        failureLog = new LogThrottle(clock);
        handle(Verb.ECHO, PeerMessenger::echo);
    }

    /**
     * Starts the transport. Handlers are registered before.
     *
     * @return the address at which peers reach this member
     * @throws IOException if the address cannot be bound; the message names it
     */
    public PeerAddress start() throws IOException {
        Invariants.check(!started, "a messenger is started once");
        started = true;
        PeerAddress address = transport.start(self.peer(), this::onFrame);
        handshake = new Handshake(
                new Greeting(self, address),
                transport,
                clock,
                scheduler,
                limits,
                metrics,
                listener,
                sessions,
                this::failRequests);
        return address;
    }

    /** Fails all requests and stops the transport. Idempotent. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        onControl(Handshake::close);
        sessions.values().stream()
                .sorted((a, b) -> a.peer.node().compareTo(b.peer.node()))
                .forEach(session -> {
                    session.close();
                    failRequests(session);
                });
        transport.close();
    }

    /** What is under way at this moment, roughly. */
    public TrafficInfo traffic() {
        long requests = 0;
        long bytes = 0;
        for (PeerSession session : sessions.values()) {
            requests += session.messagesHeld();
            bytes += session.bytesHeld();
        }
        for (PeerBudget budget : unmet.values()) {
            requests += budget.messagesHeld();
            bytes += budget.bytesHeld();
        }
        return new TrafficInfo(pending.size(), requests, bytes);
    }

    public MessengerMetrics metrics() {
        return metrics;
    }

    // Sessions.

    @Override
    public void connect(PeerAddress address) {
        onControl(to -> to.connect(address));
    }

    @Override
    public void connect(PeerId peer, PeerAddress address) {
        onControl(to -> to.connect(peer, address));
    }

    @Override
    public void disconnect(NodeId peer) {
        onControl(from -> from.disconnect(peer));
    }

    @Override
    public boolean hasSession(NodeId peer) {
        PeerSession session = sessions.get(peer);
        return session != null && session.isAgreed();
    }

    /** A delayed task is late rather than lost when the lane is full, and these must not be lost. */
    private void onControl(HandshakeStep step) {
        Handshake running = handshake;
        Invariants.check(running != null || closed, "the messenger is not started");
        if (running != null) {
            scheduler.schedule(Lane.CONTROL, 0, () -> step.run(running));
        }
    }

    /** Something to do with the handshake on its lane. */
    @FunctionalInterface
    private interface HandshakeStep {
        void run(Handshake handshake);
    }

    // Operations and their requests.

    @Override
    public synchronized void handle(Verb verb, RequestHandler handler) {
        Invariants.check(!started, "handlers are registered before the start");
        Invariants.check(handlers[verb.code()] == null, "a verb has one handler");
        handlers[verb.code()] = handler;
    }

    /**
     * {@inheritDoc}
     *
     * @throws OverloadedException if too many operations are registered
     */
    @Override
    public long begin(ReplyHandler handler, long deadlineNanos) {
        if (pending.size() >= limits.operationsMax()) {
            throw new OverloadedException(
                    "more than " + limits.operationsMax() + " operations of this member await replies");
        }
        long correlation = lastCorrelation.incrementAndGet();
        pending.put(new PendingOperation(correlation, handler, deadlineNanos));
        armSweep();
        return correlation;
    }

    @Override
    public void end(long correlation) {
        PendingOperation operation = pending.remove(correlation);
        if (operation != null) {
            operation.end();
        }
    }

    @Override
    public ByteWriter newRequest(Verb verb, long correlation, long deadlineNanos, int payloadBytes) {
        long leftMicros = TimeUnit.NANOSECONDS.toMicros(deadlineNanos - clock.monotonicNanos());
        return FrameHeader.start(
                verb, FrameHeader.KIND_REQUEST, correlation, clock.wallMicros() + leftMicros, payloadBytes);
    }

    @Override
    public void send(NodeId to, ByteWriter request) {
        PendingOperation operation = pending.get(FrameHeader.correlation(request.array(), 0));
        if (operation == null) {
            return;
        }
        PeerSession session = sessions.get(to);
        if (session == null || !session.isAgreed()) {
            fail(operation, to, Failure.NO_SESSION);
            return;
        }
        int frameBytes = request.length();
        if (!session.tryHold(frameBytes, limits)) {
            metrics.refused.increment();
            fail(operation, to, Failure.BUDGET_SPENT);
            return;
        }
        int verbCode = FrameHeader.verbCode(request.array(), 0);
        if (!operation.add(session, verbCode, frameBytes)) {
            session.release(frameBytes);
            return;
        }
        // The session may have ended before the request was noted, in which case nobody else fails it.
        if (!session.isAgreed() && operation.settle(session, verbCode)) {
            fail(operation, to, Failure.NO_SESSION);
            return;
        }
        transmit(session.peer, request);
    }

    @Override
    public boolean expect(NodeId from, Verb verb, long correlation, int frameBytes) {
        PendingOperation operation = pending.get(correlation);
        PeerSession session = sessions.get(from);
        PeerSession met = session != null && session.isAgreed() ? session : null;
        PeerBudget budget = met != null ? met : unmetBudget(from);
        if (operation == null || budget == null || !budget.tryHold(frameBytes, limits)) {
            return false;
        }
        if (!operation.add(budget, verb.code(), frameBytes)) {
            budget.release(frameBytes);
            return false;
        }
        // As when sending: the session may have ended before.
        return met == null || met.isAgreed() || !operation.settle(met, verb.code());
    }

    private @Nullable PeerBudget unmetBudget(NodeId peer) {
        PeerBudget known = unmet.get(peer);
        return known != null || unmet.size() >= UNMET_MAX
                ? known
                : unmet.computeIfAbsent(peer, absent -> new PeerBudget());
    }

    @Override
    public boolean stopExpecting(NodeId from, Verb verb, long correlation) {
        PendingOperation operation = pending.get(correlation);
        return operation != null && settle(operation, from, verb);
    }

    /** Whether something was awaited of a peer, with which there may be a session only since then. */
    private boolean settle(PendingOperation operation, NodeId peer, Verb verb) {
        PeerSession session = sessions.get(peer);
        if (session != null && operation.settle(session, verb.code())) {
            return true;
        }
        PeerBudget budget = unmet.get(peer);
        return budget != null && operation.settle(budget, verb.code());
    }

    /** Neither holds a budget: the requester holds those of all to whom its request is passed on. */
    void passOn(NodeId to, ByteWriter frame) {
        PeerSession session = sessions.get(to);
        if (session != null && session.isAgreed()) {
            transmit(session.peer, frame);
        }
    }

    @Override
    public void sendOneWay(NodeId to, Verb verb, byte[] payload) {
        PeerSession session = sessions.get(to);
        if (session != null && session.isAgreed()) {
            transmit(
                    session.peer,
                    FrameHeader.start(verb, FrameHeader.KIND_ONE_WAY, 0, FrameHeader.NO_DEADLINE, payload.length)
                            .putBytes(payload));
        }
    }

    void transmit(PeerId to, ByteWriter frame) {
        Invariants.check(
                frame.length() <= limits.frameBytesMax(),
                "a frame of %d bytes exceeds %d",
                frame.length(),
                limits.frameBytesMax());
        metrics.sent.increment();
        transport.send(to, frame.array(), 0, frame.length());
    }

    private void failRequests(PeerSession session) {
        for (PendingOperation operation : pending.snapshot()) {
            for (int failed = operation.settleAll(session); failed > 0; failed--) {
                fail(operation, session.peer.node(), Failure.SESSION_ENDED);
            }
        }
    }

    private void fail(PendingOperation operation, NodeId peer, Failure failure) {
        try {
            operation.handler.onFailure(peer, failure);
        } catch (RuntimeException e) {
            logFailure("an operation that learned of a failure", e);
        }
    }

    // Ticks.

    private void armSweep() {
        if (!sweepArmed.get() && sweepArmed.compareAndSet(false, true)) {
            scheduler.schedule(Lane.CONTROL, TICK_NANOS, this::sweep);
        }
    }

    private void sweep() {
        long now = clock.monotonicNanos();
        for (PendingOperation operation : pending.snapshot()) {
            if (pending.get(operation.correlation) == operation) {
                tick(operation, now);
            }
        }
        sweepArmed.set(false);
        if (pending.size() > 0) {
            armSweep();
        }
    }

    private void tick(PendingOperation operation, long now) {
        try {
            operation.handler.onTick(now);
        } catch (RuntimeException e) {
            logFailure("an operation at its tick", e);
        }
        if (now - operation.deadlineNanos >= 0) {
            end(operation.correlation);
        }
    }

    // Frames from peers.

    private void onFrame(PeerId from, byte[] buffer, int offset, int length) {
        metrics.received.increment();
        try {
            dispatch(from, buffer, offset, length);
        } catch (MalformedBytesException e) {
            metrics.malformed.increment();
            if (malformedLog.permits()) {
                LOG.warn("dropped a malformed frame of {}: {}", from, e.getMessage());
            }
        } catch (RuntimeException e) {
            logFailure("the handler of a frame of " + from, e);
        }
    }

    private void dispatch(PeerId from, byte[] buffer, int offset, int length) {
        if (length < FrameHeader.BYTES) {
            throw new MalformedBytesException("a frame of " + length + " bytes is shorter than its header");
        }
        int version = FrameHeader.version(buffer, offset);
        if (version != FrameHeader.VERSION) {
            throw new MalformedBytesException("frame version " + version + " is not " + FrameHeader.VERSION);
        }
        Verb verb = Verb.ofCode(FrameHeader.verbCode(buffer, offset));
        if (verb == null) {
            metrics.unknown.increment();
            return;
        }
        ByteReader payload = new ByteReader(buffer, offset + FrameHeader.BYTES, length - FrameHeader.BYTES);
        int kind = FrameHeader.kind(buffer, offset);
        long correlation = FrameHeader.correlation(buffer, offset);
        switch (verb) {
            case HELLO, HELLO_ACK, HELLO_REJECT -> onHelloFrame(from, verb, kind, correlation, payload);
            default -> {
                PeerSession session = sessions.get(from.node());
                if (session == null || !session.peer.equals(from)) {
                    dropWithoutSession(from, session, verb, kind, correlation);
                } else {
                    onSessionFrame(
                            session, verb, kind, correlation, FrameHeader.deadlineMicros(buffer, offset), payload);
                }
            }
        }
    }

    private void onHelloFrame(PeerId from, Verb verb, int kind, long attempt, ByteReader payload) {
        if (kind != FrameHeader.KIND_ONE_WAY) {
            throw new MalformedBytesException("a hello of kind " + kind);
        }
        if (verb == Verb.HELLO_REJECT) {
            Rejection rejection = HelloFrames.readRejection(payload);
            offerToHandshake(to -> to.onRejected(attempt, rejection));
            return;
        }
        Greeting greeting = HelloFrames.readGreeting(payload);
        if (!greeting.hello().peer().equals(from)) {
            throw new MalformedBytesException(
                    "a hello in the name of " + greeting.hello().peer());
        }
        if (verb == Verb.HELLO) {
            offerToHandshake(to -> to.onHello(from, attempt, greeting));
        } else {
            offerToHandshake(to -> to.onAcknowledged(from, attempt, greeting));
        }
    }

    /** A hello may be dropped when the lane is full: it will be said again. */
    private void offerToHandshake(HandshakeStep step) {
        Handshake running = handshake;
        if (running != null && !closed) {
            scheduler.offer(Lane.CONTROL, () -> step.run(running));
        }
    }

    /** Tells the peer, unless it is an earlier run, which is gone, or only answers. */
    private void dropWithoutSession(PeerId from, @Nullable PeerSession known, Verb verb, int kind, long correlation) {
        metrics.withoutSession.increment();
        boolean isEarlierRun = known != null && from.generation() < known.peer.generation();
        if (!isEarlierRun && (kind == FrameHeader.KIND_REQUEST || kind == FrameHeader.KIND_ONE_WAY)) {
            transmit(
                    from,
                    FrameHeader.start(verb, FrameHeader.KIND_NO_SESSION, correlation, FrameHeader.NO_DEADLINE, 0));
        }
    }

    private void onSessionFrame(
            PeerSession session, Verb verb, int kind, long correlation, long deadlineMicros, ByteReader payload) {
        switch (kind) {
            case FrameHeader.KIND_REQUEST, FrameHeader.KIND_ONE_WAY ->
                onRequest(new InboundFrame(this, session.peer, verb, kind, correlation, deadlineMicros), verb, payload);
            case FrameHeader.KIND_REPLY -> {
                PendingOperation operation = settle(session.peer.node(), verb, correlation);
                if (operation != null) {
                    operation.handler.onReply(session.peer.node(), payload);
                }
            }
            case FrameHeader.KIND_OVERLOADED -> {
                PendingOperation operation = settle(session.peer.node(), verb, correlation);
                if (operation != null) {
                    operation.handler.onFailure(session.peer.node(), Failure.OVERLOADED);
                }
            }
            case FrameHeader.KIND_PASSED_ON -> onPassedOn(session.peer, verb, correlation, deadlineMicros, payload);
            case FrameHeader.KIND_ANSWER_BACK -> onAnswerBack(session.peer, verb, correlation, deadlineMicros, payload);
            case FrameHeader.KIND_ANSWER_PASSED_ON -> onAnswerPassedOn(verb, correlation, payload);
            case FrameHeader.KIND_NO_SESSION -> onNoSession(session, verb, correlation);
            default -> throw new MalformedBytesException("frame kind " + kind);
        }
    }

    /** Served as if the requester had sent it, which need not be met; an earlier run of it is gone. */
    private void onPassedOn(PeerId through, Verb verb, long correlation, long deadlineMicros, ByteReader payload) {
        PeerId requester = FrameHeader.readPeer(payload);
        PeerSession session = sessions.get(requester.node());
        if (session != null && session.peer.generation() > requester.generation()) {
            metrics.withoutSession.increment();
            return;
        }
        onRequest(InboundFrame.passedOn(this, requester, through, verb, correlation, deadlineMicros), verb, payload);
    }

    /** Passes on the answer to a request that this member passed on. Nothing is remembered of that. */
    private void onAnswerBack(PeerId from, Verb verb, long correlation, long deadlineMicros, ByteReader payload) {
        int answerKind = FrameHeader.readAnswerKind(payload);
        PeerId requester = FrameHeader.readPeer(payload);
        PeerSession session = sessions.get(requester.node());
        if (session == null || !session.peer.equals(requester)) {
            metrics.withoutSession.increment();
            return;
        }
        int count = payload.remaining();
        ByteWriter frame = FrameHeader.startAnswer(
                FrameHeader.KIND_ANSWER_PASSED_ON, verb, answerKind, from, correlation, deadlineMicros, count);
        transmit(requester, frame.putBytes(payload.array(), payload.position(), count));
    }

    private void onAnswerPassedOn(Verb verb, long correlation, ByteReader payload) {
        int answerKind = FrameHeader.readAnswerKind(payload);
        NodeId from = FrameHeader.readPeer(payload).node();
        PendingOperation operation = settle(from, verb, correlation);
        if (operation != null && answerKind == FrameHeader.KIND_REPLY) {
            operation.handler.onReply(from, payload);
        } else if (operation != null) {
            operation.handler.onFailure(from, Failure.OVERLOADED);
        }
    }

    private void onRequest(InboundFrame request, Verb verb, ByteReader payload) {
        if (request.lacksDeadline()) {
            throw new MalformedBytesException("a request without a deadline");
        }
        if (request.isExpired()) {
            metrics.late.increment();
            return;
        }
        RequestHandler handler = handlers[verb.code()];
        if (handler == null) {
            metrics.unknown.increment();
            return;
        }
        handler.onRequest(request, payload);
    }

    /** The operation to which this answers, or null if it ended, is late, or has had this answer already. */
    private @Nullable PendingOperation settle(NodeId from, Verb verb, long correlation) {
        PendingOperation operation = pending.get(correlation);
        if (operation == null) {
            metrics.unknown.increment();
            return null;
        }
        if (clock.monotonicNanos() - operation.deadlineNanos > 0) {
            metrics.late.increment();
            return null;
        }
        if (!settle(operation, from, verb)) {
            metrics.unknown.increment();
            return null;
        }
        return operation;
    }

    /** The peer dropped the request, but maybe not another copy of it that came before. */
    private void onNoSession(PeerSession session, Verb verb, long correlation) {
        PendingOperation operation = pending.get(correlation);
        if (operation != null && operation.settle(session, verb.code())) {
            fail(operation, session.peer.node(), Failure.SESSION_ENDED);
        }
        offerToHandshake(to -> to.onNoSession(session.peer));
    }

    boolean isPast(long deadlineMicros) {
        return clock.wallMicros() - deadlineMicros > CLOCK_DRIFT_MICROS_MAX;
    }

    private void logFailure(String who, RuntimeException failure) {
        if (failureLog.permits()) {
            LOG.error("{} failed", who, failure);
        }
    }

    private static void echo(InboundRequest request, ByteReader payload) {
        int count = payload.remaining();
        request.reply(request.newReply(count).putBytes(payload.array(), payload.position(), count));
    }
}
