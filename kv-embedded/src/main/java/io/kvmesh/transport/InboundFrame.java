package io.kvmesh.transport;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.Invariants;
import java.util.List;

/** A request or one-way message as its handler sees it. Safe for any thread. */
final class InboundFrame implements InboundRequest {
    private final PeerMessenger messenger;
    private final PeerId from;
    private final Verb verb;
    private final int kind;
    private final long correlation;
    private final long deadlineMicros;
    private boolean answered;

    InboundFrame(PeerMessenger messenger, PeerId from, Verb verb, int kind, long correlation, long deadlineMicros) {
        this.messenger = messenger;
        this.from = from;
        this.verb = verb;
        this.kind = kind;
        this.correlation = correlation;
        this.deadlineMicros = deadlineMicros;
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
        return FrameHeader.start(verb, FrameHeader.KIND_REPLY, correlation, deadlineMicros, payloadBytes);
    }

    @Override
    public void reply(ByteWriter reply) {
        claimAnswer();
        messenger.transmit(from, reply);
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
        claimAnswer();
        messenger.transmit(from, FrameHeader.start(verb, FrameHeader.KIND_OVERLOADED, correlation, deadlineMicros, 0));
    }

    private synchronized void claimAnswer() {
        Invariants.check(kind == FrameHeader.KIND_REQUEST, "only a request is answered");
        Invariants.check(!answered, "a request is answered once");
        answered = true;
    }
}
