package io.kvmesh.transport;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.Invariants;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A request or one-way message as its handler sees it. Safe for any thread. */
final class InboundFrame implements InboundRequest {
    private final PeerMessenger messenger;
    private final PeerId from;
    /** Who passed the request on, and takes the answer; null if it came from the requester itself. */
    private final @Nullable PeerId through;

    private final Verb verb;
    private final int kind;
    private final long correlation;
    private final long deadlineMicros;
    private boolean answered;

    InboundFrame(PeerMessenger messenger, PeerId from, Verb verb, int kind, long correlation, long deadlineMicros) {
        this(messenger, from, null, verb, kind, correlation, deadlineMicros);
    }

    private InboundFrame(
            PeerMessenger messenger,
            PeerId from,
            @Nullable PeerId through,
            Verb verb,
            int kind,
            long correlation,
            long deadlineMicros) {
        this.messenger = messenger;
        this.from = from;
        this.through = through;
        this.verb = verb;
        this.kind = kind;
        this.correlation = correlation;
        this.deadlineMicros = deadlineMicros;
    }

    /** A request that another member passed on. */
    static InboundFrame passedOn(
            PeerMessenger messenger,
            PeerId requester,
            PeerId through,
            Verb verb,
            long correlation,
            long deadlineMicros) {
        return new InboundFrame(
                messenger, requester, through, verb, FrameHeader.KIND_REQUEST, correlation, deadlineMicros);
    }

    @Override
    public PeerId from() {
        return from;
    }

    boolean lacksDeadline() {
        return kind == FrameHeader.KIND_REQUEST && deadlineMicros == FrameHeader.NO_DEADLINE;
    }

    @Override
    public boolean isExpired() {
        return deadlineMicros != FrameHeader.NO_DEADLINE && messenger.isPast(deadlineMicros);
    }

    @Override
    public ByteWriter newReply(int payloadBytes) {
        return newAnswer(FrameHeader.KIND_REPLY, payloadBytes);
    }

    private ByteWriter newAnswer(int answerKind, int payloadBytes) {
        return through == null
                ? FrameHeader.start(verb, answerKind, correlation, deadlineMicros, payloadBytes)
                : FrameHeader.startAnswer(
                        FrameHeader.KIND_ANSWER_BACK,
                        verb,
                        answerKind,
                        from,
                        correlation,
                        deadlineMicros,
                        payloadBytes);
    }

    @Override
    public void reply(ByteWriter reply) {
        claimAnswer();
        messenger.transmit(through == null ? from : through, reply);
    }

    @Override
    public void passOn(List<NodeId> to, Verb passedVerb, ByteReader payload) {
        Invariants.check(kind == FrameHeader.KIND_REQUEST, "only a request is passed on");
        int count = payload.remaining();
        ByteWriter frame = FrameHeader.startPassedOn(passedVerb, from, correlation, deadlineMicros, count)
                .putBytes(payload.array(), payload.position(), count);
        to.forEach(peer -> messenger.passOn(peer, frame));
    }

    @Override
    public void replyOverloaded() {
        reply(newAnswer(FrameHeader.KIND_OVERLOADED, 0));
    }

    private synchronized void claimAnswer() {
        Invariants.check(kind == FrameHeader.KIND_REQUEST, "only a request is answered");
        Invariants.check(!answered, "a request is answered once");
        answered = true;
    }
}
