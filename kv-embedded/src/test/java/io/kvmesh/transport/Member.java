package io.kvmesh.transport;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.NodeId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A messenger of a test with what it was told. One thread. */
final class Member implements PeerSessions.Listener {
    final NodeId node;
    final PeerId peer;
    final MemoryNet.Port port;
    final PeerMessenger messenger;
    final List<String> sessions = new ArrayList<>();
    final List<String> rejections = new ArrayList<>();
    final List<String> requests = new ArrayList<>();
    final List<InboundRequest> kept = new ArrayList<>();
    final List<NodeId> carriesTo = new ArrayList<>();
    boolean answers = true;
    boolean overloaded;

    Member(MemoryNet net, ManualTime time, Hello hello, int portNumber, MessengerLimits limits) {
        node = hello.peer().node();
        peer = hello.peer();
        port = net.port(portNumber);
        messenger = new PeerMessenger(hello, port, time, time, limits, this);
        messenger.handle(Verb.REPLICA_WRITE, this::serve);
        messenger.handle(Verb.CARRIED_WRITE, (request, payload) -> {
            request.passOn(carriesTo, Verb.REPLICA_WRITE, payload);
            serve(request, payload);
        });
        messenger.handle(Verb.REPLICA_READ, (request, payload) -> {
            throw new IllegalStateException("a handler that fails");
        });
        try {
            messenger.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serve(InboundRequest request, ByteReader payload) {
        String text = new String(payload.readBytes(payload.remaining()), StandardCharsets.UTF_8);
        requests.add(request.from().node().value() + ":" + text);
        if (overloaded) {
            request.replyOverloaded();
        } else if (answers) {
            byte[] answer = ("re " + text).getBytes(StandardCharsets.UTF_8);
            request.reply(request.newReply(answer.length).putBytes(answer));
        } else {
            kept.add(request);
        }
    }

    PeerAddress address() {
        return port.address;
    }

    void send(long correlation, long deadlineNanos, String text, Member... to) {
        send(Verb.REPLICA_WRITE, correlation, deadlineNanos, text, to);
    }

    void send(Verb verb, long correlation, long deadlineNanos, String text, Member... to) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        ByteWriter request = messenger
                .newRequest(verb, correlation, deadlineNanos, bytes.length)
                .putBytes(bytes);
        for (Member member : to) {
            messenger.send(member.node, request);
        }
    }

    @Override
    public void onSession(PeerId with, PeerAddress address) {
        sessions.add(with.node().value() + "/" + with.generation());
    }

    @Override
    public void onRejected(PeerAddress address, String reason) {
        rejections.add(address + " " + reason);
    }

    /** An operation that notes what happens to it. */
    static final class Operation implements ReplyHandler {
        final List<String> events = new ArrayList<>();
        int ticks;

        @Nullable
        RuntimeException thrown;

        @Override
        public void onReply(NodeId from, ByteReader payload) {
            events.add(from.value() + ":" + new String(payload.readBytes(payload.remaining()), StandardCharsets.UTF_8));
            throwIfAsked();
        }

        @Override
        public void onFailure(NodeId from, Failure failure) {
            events.add(from.value() + ":" + failure);
            throwIfAsked();
        }

        @Override
        public void onTick(long nowNanos) {
            ticks++;
            throwIfAsked();
        }

        private void throwIfAsked() {
            if (thrown != null) {
                throw thrown;
            }
        }
    }
}
