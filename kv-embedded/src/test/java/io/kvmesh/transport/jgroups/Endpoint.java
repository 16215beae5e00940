package io.kvmesh.transport.jgroups;

import io.kvmesh.model.NodeId;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A transport of a test that remembers what it received. Safe for any thread. */
final class Endpoint implements AutoCloseable {
    final PeerId peer;
    final JGroupsTransport transport;
    final PeerAddress address;
    final List<String> received = new CopyOnWriteArrayList<>();

    Endpoint(long node, long generation, String host, int port) throws IOException {
        this(new PeerId(new NodeId(node), generation), new JGroupsTransport(host, port));
    }

    Endpoint(PeerId peer, JGroupsTransport transport) throws IOException {
        this.peer = peer;
        this.transport = transport;
        address = transport.start(
                peer,
                (from, buffer, offset, length) ->
                        received.add(from.node().value() + ":" + text(buffer, offset, length)));
    }

    static Endpoint of(long node) throws IOException {
        return new Endpoint(node, 1, "127.0.0.1", 0);
    }

    void learn(Endpoint other) {
        transport.learn(other.peer, other.address);
    }

    void send(Endpoint to, String text) {
        byte[] frame = text.getBytes(StandardCharsets.UTF_8);
        transport.send(to.peer, frame, 0, frame.length);
    }

    void sendToAddress(PeerAddress to, String text) {
        byte[] frame = text.getBytes(StandardCharsets.UTF_8);
        transport.sendToAddress(to, frame, 0, frame.length);
    }

    @Override
    public void close() {
        transport.close();
    }

    private static String text(byte[] buffer, int offset, int length) {
        return length > 100 ? length + " bytes" : new String(buffer, offset, length, StandardCharsets.UTF_8);
    }
}
