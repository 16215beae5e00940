package io.kvmesh.node;

import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.NodeId;
import io.kvmesh.transport.Messenger;
import io.kvmesh.transport.ReplyHandler;
import io.kvmesh.transport.RequestHandler;
import io.kvmesh.transport.Verb;

/** The messenger of a store that is alone: it has no peers, so there is nobody to send to. Stateless. */
final class LoneMessenger implements Messenger {

    @Override
    public void handle(Verb verb, RequestHandler handler) {}

    @Override
    public long begin(ReplyHandler handler, long deadlineNanos) {
        throw noPeers();
    }

    @Override
    public void end(long correlation) {}

    @Override
    public ByteWriter newRequest(Verb verb, long correlation, long deadlineNanos, int payloadBytes) {
        throw noPeers();
    }

    @Override
    public void send(NodeId to, ByteWriter request) {
        throw noPeers();
    }

    @Override
    public void sendOneWay(NodeId to, Verb verb, byte[] payload) {
        throw noPeers();
    }

    @Override
    public boolean hasSession(NodeId peer) {
        return false;
    }

    private static IllegalStateException noPeers() {
        return new IllegalStateException("a store that is alone has no peers to talk to");
    }
}
