package io.kvmesh.testkit;

import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.Transport;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One member's end of the simulated network. Confined to the simulation's thread. */
final class SimTransport implements Transport {
    private final SimNetwork network;
    private final SimProcess process;
    private final String host;
    private final int port;
    private final Map<PeerId, PeerAddress> addresses = new HashMap<>();
    private @Nullable PeerId self;
    private @Nullable FrameReceiver receiver;
    private @Nullable PeerAddress bound;
    private final Map<Integer, SimReader> readers = new HashMap<>();
    private boolean closed;

    SimTransport(SimNetwork network, SimProcess process, String host, int port) {
        this.network = network;
        this.process = process;
        this.host = host;
        this.port = port;
    }

    @Override
    public PeerAddress start(PeerId newSelf, FrameReceiver newReceiver) throws IOException {
        process.checkAlive("it starts its transport");
        if (self != null || closed) {
            throw new IllegalStateException("the transport of " + newSelf + " was started before");
        }
        PeerAddress address = network.bind(this, host, port);
        self = newSelf;
        receiver = newReceiver;
        bound = address;
        return address;
    }

    @Override
    public void send(PeerId to, byte[] frame, int offset, int length) {
        PeerAddress address = to.equals(self) ? bound : addresses.get(to);
        if (address != null) {
            send(address, to, frame, offset, length);
        }
    }

    @Override
    public void sendToAddress(PeerAddress to, byte[] frame, int offset, int length) {
        send(to, null, frame, offset, length);
    }

    @Override
    public void learn(PeerId peer, PeerAddress address) {
        addresses.put(peer, address);
    }

    @Override
    public void retain(Collection<PeerId> live) {
        addresses.keySet().retainAll(live);
    }

    @Override
    public void close() {
        closed = true;
        if (bound != null) {
            network.unbind(this, bound);
        }
    }

    int member() {
        return process.member();
    }

    SimProcess process() {
        return process;
    }

    boolean isOpen() {
        return !closed && self != null && process.isAlive();
    }

    PeerId self() {
        if (self == null) {
            throw new IllegalStateException("the transport of member " + member() + " was not started");
        }
        return self;
    }

    /**
     * Hands a frame to the thread that reads from its sender.
     *
     * @return whether there was room for it in the receive buffer
     */
    boolean receive(SimFrame frame) {
        return readers.computeIfAbsent(
                        frame.sender().member(), sender -> new SimReader(process, "frames of m" + sender, this::read))
                .offer(frame);
    }

    private void read(SimFrame frame) {
        FrameReceiver target = receiver;
        if (target == null || !isOpen()) {
            return;
        }
        int padding = frame.padding();
        try {
            target.onFrame(frame.from(), frame.paddedCopy(padding), padding, frame.length());
        } catch (MemberCrashedError crash) {
            if (process.isAlive()) {
                process.loop().codeFailed(member(), "the receiver of " + frame.label(), crash);
            }
        } catch (Throwable failure) {
            process.loop().codeFailed(member(), "the receiver of " + frame.label(), failure);
        }
    }

    private void send(PeerAddress address, @Nullable PeerId to, byte[] frame, int offset, int length) {
        process.loop().checkThread();
        if (isOpen()) {
            network.carry(new SimFrame(this, self(), address, to, frame, offset, length));
        }
    }
}
