package io.kvmesh.testkit.bench;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.Blocking;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.ParkingBlocking;
import io.kvmesh.runtime.Scheduler;
import io.kvmesh.runtime.Signal;
import io.kvmesh.runtime.SystemClock;
import io.kvmesh.runtime.ThreadScheduler;
import io.kvmesh.transport.Hello;
import io.kvmesh.transport.Messenger;
import io.kvmesh.transport.MessengerLimits;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.PeerMessenger;
import io.kvmesh.transport.PeerSessions;
import io.kvmesh.transport.ReplyHandler;
import io.kvmesh.transport.Verb;
import io.kvmesh.transport.jgroups.JGroupsTransport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A process with nothing but the transport: its callers send a payload to a peer, wait for its echo, and go on. What
 * {@link ClusterBench} shows beside the store. Confined to its main thread, but for the callers that it starts.
 */
final class EchoMember {
    private static final long START_MAX_SECONDS = 30;
    private static final long ECHO_MAX_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final int PARTITIONS = 1_024;

    private final ChildLink link = new ChildLink();
    private final Clock clock = new SystemClock();
    private final Blocking blocking = new ParkingBlocking(clock);
    private final List<NodeId> peers = new ArrayList<>();
    private final PeerMessenger messenger;

    private EchoMember(Map<String, String> settings, Scheduler scheduler) throws IOException, InterruptedException {
        int number = Words.integer(settings, "number");
        String[] ports = Words.text(settings, "ports").split(",", -1);
        CountDownLatch sessions = new CountDownLatch(ports.length - 1);
        PeerId self = new PeerId(nodeOf(number), clock.wallMicros());
        messenger = new PeerMessenger(
                new Hello("bench-echo", PARTITIONS, self),
                new JGroupsTransport("127.0.0.1", Integer.parseInt(ports[number])),
                clock,
                scheduler,
                MessengerLimits.DEFAULT,
                new Sessions(sessions));
        messenger.start();
        for (int i = 0; i < ports.length; i++) {
            if (i != number) {
                peers.add(nodeOf(i));
                messenger.connect(new PeerAddress("127.0.0.1", Integer.parseInt(ports[i])));
            }
        }
        if (!sessions.await(START_MAX_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("the peers cannot be reached");
        }
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Map<String, String> settings = Words.parse(String.join(" ", arguments));
        try (Scheduler scheduler = new ThreadScheduler("echo")) {
            EchoMember member = new EchoMember(settings, scheduler);
            try (PeerMessenger closing = member.messenger) {
                member.link.answer("ready", "0");
                member.serve(closing);
            }
        }
    }

    private void serve(Messenger to) throws IOException, InterruptedException {
        String line = link.nextCommand();
        while (line != null && !line.equals("stop")) {
            Map<String, String> words = Words.parse(line);
            Callers.Window window = new Callers.Window(
                    Words.number(words, "start"), Words.number(words, "warm"), Words.number(words, "measure"));
            byte[] payload = RecordPattern.make(Words.integer(words, "bytes"), 0, 0, 0);
            PointSample sample =
                    Callers.run(Words.integer(words, "threads"), i -> new EchoCaller(to, payload, i), window);
            link.answer("result", sample.encode());
            line = link.nextCommand();
        }
    }

    private static NodeId nodeOf(int number) {
        return new NodeId(number + 1L);
    }

    /** Counts peers that can be talked to. */
    private record Sessions(CountDownLatch missing) implements PeerSessions.Listener {
        @Override
        public void onSession(PeerId peer, PeerAddress address) {
            missing.countDown();
        }

        @Override
        public void onRejected(PeerAddress address, String reason) {
            throw new IllegalStateException(address + " refused: " + reason);
        }
    }

    /** One thread that echoes with both peers in turn. Confined to that thread. */
    private final class EchoCaller implements Callers.Caller {
        private final Messenger to;
        private final byte[] payload;
        private int turn;

        EchoCaller(Messenger to, byte[] payload, int turn) {
            this.to = to;
            this.payload = payload;
            this.turn = turn;
        }

        @Override
        public void call(PointSample sample) {
            NodeId peer = peers.get(Math.floorMod(turn++, peers.size()));
            Echo echo = new Echo(payload.length);
            long start = System.nanoTime();
            long deadlineNanos = clock.monotonicNanos() + ECHO_MAX_NANOS;
            long correlation = to.begin(echo, deadlineNanos);
            try {
                ByteWriter request = to.newRequest(Verb.ECHO, correlation, deadlineNanos, payload.length);
                to.send(peer, request.putBytes(payload));
                if (!blocking.await(echo, deadlineNanos)) {
                    sample.error("EchoTimeout");
                } else if (!echo.failure.isEmpty()) {
                    sample.error(echo.failure);
                } else {
                    sample.reads.record(System.nanoTime() - start);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                sample.error("Interrupted");
            } finally {
                to.end(correlation);
            }
        }
    }

    /** Waits for one echo. */
    private static final class Echo extends Signal implements ReplyHandler {
        private final int payloadBytes;
        private volatile String failure = "";

        Echo(int payloadBytes) {
            this.payloadBytes = payloadBytes;
        }

        @Override
        public void onReply(NodeId from, ByteReader payload) {
            if (payload.remaining() != payloadBytes) {
                failure = "EchoOfWrongSize";
            }
            fire();
        }

        @Override
        public void onFailure(NodeId from, Failure reason) {
            failure = reason.toString();
            fire();
        }

        @Override
        public void onTick(long nowNanos) {
            // The caller's own wait ends at the deadline.
        }
    }
}
