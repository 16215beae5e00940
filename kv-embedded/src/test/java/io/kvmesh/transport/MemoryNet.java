package io.kvmesh.transport;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Members that exchange frames by a queue, one thread for all. Frames can be lost on purpose. */
final class MemoryNet {
    private final Map<PeerAddress, Port> ports = new HashMap<>();
    private final Deque<Runnable> queue = new ArrayDeque<>();
    private Predicate<byte[]> loses = frame -> false;

    /** Every frame that was handed over, lost or not, in order. */
    final List<byte[]> frames = new ArrayList<>();

    void lose(Predicate<byte[]> frames) {
        loses = frames;
    }

    Port port(int number) {
        return new Port(new PeerAddress("10.0.0.1", number));
    }

    boolean deliver() {
        boolean any = false;
        Runnable next = queue.poll();
        while (next != null) {
            next.run();
            any = true;
            next = queue.poll();
        }
        return any;
    }

    static boolean isVerb(byte[] frame, Verb verb) {
        return FrameHeader.verbCode(frame, 0) == verb.code();
    }

    long countOf(Verb verb) {
        return frames.stream().filter(frame -> isVerb(frame, verb)).count();
    }

    /** One member's transport. */
    final class Port implements Transport {
        final PeerAddress address;
        final List<List<PeerId>> retained = new ArrayList<>();
        private final Map<String, PeerAddress> learned = new TreeMap<>();
        private @Nullable PeerId self;
        private @Nullable FrameReceiver receiver;

        private Port(PeerAddress address) {
            this.address = address;
        }

        @Override
        public PeerAddress start(PeerId peer, FrameReceiver to) {
            self = peer;
            receiver = to;
            ports.put(address, this);
            return address;
        }

        @Override
        public void send(PeerId to, byte[] frame, int offset, int length) {
            PeerAddress where = learned.get(to.toString());
            if (where != null) {
                enqueue(where, to, frame, offset, length);
            }
        }

        @Override
        public void sendToAddress(PeerAddress to, byte[] frame, int offset, int length) {
            enqueue(to, null, frame, offset, length);
        }

        private void enqueue(PeerAddress where, @Nullable PeerId only, byte[] frame, int offset, int length) {
            byte[] copy = Arrays.copyOfRange(frame, offset, offset + length);
            frames.add(copy);
            PeerId from = self;
            if (loses.test(copy) || from == null) {
                return;
            }
            queue.add(() -> {
                Port target = ports.get(where);
                if (target != null && (only == null || only.equals(target.self))) {
                    target.receive(from, copy);
                }
            });
        }

        void receive(PeerId from, byte[] frame) {
            FrameReceiver to = receiver;
            if (to != null) {
                to.onFrame(from, frame, 0, frame.length);
            }
        }

        @Override
        public void learn(PeerId peer, PeerAddress where) {
            learned.put(peer.toString(), where);
        }

        @Override
        public void retain(Collection<PeerId> live) {
            retained.add(List.copyOf(live));
        }

        @Override
        public void close() {
            receiver = null;
            ports.remove(address, this);
        }
    }
}
