package io.kvmesh.transport.jgroups;

import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.Transport;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jgroups.Address;
import org.jgroups.Event;
import org.jgroups.stack.IpAddress;
import org.jgroups.util.Tuple;
import org.jgroups.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Frames over a JGroups channel whose stack is {@code TCP} alone: no group membership, no coordinator, no
 * retransmission. Safe for any thread.
 *
 * <p>A member's address in JGroups is the pair of its node id and generation, so what was sent to an earlier run of a
 * process never reaches a later one at the same port. Frames are received on the thread that reads the socket.
 */
public final class JGroupsTransport implements Transport {
    private static final Logger LOG = LoggerFactory.getLogger(JGroupsTransport.class);
    private static final String CHANNEL_NAME = "kvmesh";
    private static final long SENDERS_PATIENCE_MILLIS = 200;
    /** Longer than it takes to give up on an address that nobody answers at. */
    private static final long SENDERS_END_MILLIS = 1500;

    private static final long GOODBYE_MILLIS = 500;
    private static final long THREADS_END_MILLIS = 3000;

    private final String host;
    private final int port;
    private final @Nullable SSLContext tls;
    private final ConcurrentHashMap<PeerId, UUID> learned = new ConcurrentHashMap<>();
    private final AtomicLong viewIds = new AtomicLong();
    private volatile @Nullable Running running;
    private boolean closed;

    /**
     * @param host name or address of the interface to listen on
     * @param port the port, or 0 for one that the operating system chooses
     */
    public JGroupsTransport(String host, int port) {
        this(host, port, null);
    }

    /**
     * @param host name or address of the interface to listen on
     * @param port the port, or 0 for one that the operating system chooses
     * @param tls encrypts all connections, and demands of both sides a certificate that it trusts; null for none
     */
    public JGroupsTransport(String host, int port, @Nullable SSLContext tls) {
        this.host = host;
        this.port = port;
        this.tls = tls;
    }

    @Override
    public synchronized PeerAddress start(PeerId self, FrameReceiver receiver) throws IOException {
        if (closed || running != null) {
            throw new IllegalStateException("a transport is started once");
        }
        TransportThreads threads = new TransportThreads("kvmesh-net-" + self.node());
        KvChannel channel = null;
        try {
            KvTcp tcp =
                    new KvTcp(InetAddress.getByName(host), port, tls, threads, new WireParser(self, guard(receiver)));
            channel = new KvChannel(addressOf(self), tcp);
            channel.connect(CHANNEL_NAME);
            IpAddress listen = tcp.listenAddress();
            if (listen == null) {
                throw new IOException("the network stack did not start");
            }
            running = new Running(self, receiver, threads, channel, tcp, listen);
            return new PeerAddress(listen.getIpAddress().getHostAddress(), listen.getPort());
        } catch (Exception e) {
            if (channel != null) {
                channel.close();
            }
            stopThreads(threads, () -> {});
            throw cannotListen(e);
        }
    }

    private IOException cannotListen(Exception failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String message = "cannot listen on " + host + ":" + port + ": ";
        IOException result = failure instanceof BindException || root instanceof BindException
                ? new BindException(message + "the port is in use or the address is not one of this machine")
                : new IOException(message + root.getMessage());
        result.initCause(failure);
        return result;
    }

    /** A mistake in a handler must not close the connection on which its frame came. */
    private static FrameReceiver guard(FrameReceiver receiver) {
        return (from, buffer, offset, length) -> {
            try {
                receiver.onFrame(from, buffer, offset, length);
            } catch (RuntimeException e) {
                LOG.error("handling a frame of {} failed", from, e);
            }
        };
    }

    @Override
    public void send(PeerId to, byte[] frame, int offset, int length) {
        Running stack = running;
        if (stack == null) {
            return;
        }
        UUID known = learned.get(to);
        if (known != null) {
            stack.tcp.transmit(known, frame, offset, length);
        } else if (to.equals(stack.self)) {
            stack.deliverToSelf(frame, offset, length);
        } else {
            sendToForgotten(stack, to, frame, offset, length);
        }
    }

    /** The stack remembers addresses for some minutes longer than we keep connections. */
    private static void sendToForgotten(Running stack, PeerId to, byte[] frame, int offset, int length) {
        UUID address = addressOf(to);
        if (stack.tcp.getPhysicalAddressFromCache(address) != null) {
            stack.tcp.transmit(address, frame, offset, length);
        }
    }

    @Override
    public void sendToAddress(PeerAddress to, byte[] frame, int offset, int length) {
        Running stack = running;
        if (stack == null) {
            return;
        }
        stack.resolve(to, address -> {
            if (address.equals(stack.listen)) {
                stack.deliverToSelf(frame, offset, length);
            } else {
                stack.tcp.queues().admitContact(address);
                stack.tcp.transmit(address, frame, offset, length);
            }
        });
    }

    @Override
    public void learn(PeerId peer, PeerAddress address) {
        Running stack = running;
        if (stack == null || peer.equals(stack.self)) {
            return;
        }
        stack.resolve(address, resolved -> {
            UUID logical = addressOf(peer);
            stack.tcp.down(new Event(Event.ADD_PHYSICAL_ADDRESS, new Tuple<Address, IpAddress>(logical, resolved)));
            learned.put(peer, logical);
        });
    }

    @Override
    public synchronized void retain(Collection<PeerId> live) {
        Running stack = running;
        if (stack == null) {
            return;
        }
        learned.keySet().retainAll(live);
        List<Address> members = new ArrayList<>();
        members.add(addressOf(stack.self));
        for (PeerId peer : live) {
            members.add(addressOf(peer));
        }
        stack.tcp.retain(members, viewIds.incrementAndGet());
    }

    /** Frames that were dropped because too many waited for their peer. */
    public long droppedOnFullQueue() {
        Running stack = running;
        return stack == null ? 0 : stack.tcp.queues().droppedOnFullQueue();
    }

    /** How often a connection was closed because something other than frames of members came in on it. */
    public long refusedUnits() {
        Running stack = running;
        return stack == null ? 0 : stack.tcp.refusedUnits();
    }

    @Override
    public synchronized void close() {
        closed = true;
        Running stack = running;
        if (stack == null) {
            return;
        }
        running = null;
        learned.clear();
        // Whoever closes after an interrupt still wants no thread left behind.
        boolean interrupted = Thread.interrupted();
        stack.tcp.refuseToSend(SENDERS_PATIENCE_MILLIS, SENDERS_END_MILLIS);
        Thread goodbye = stack.threads.newThread(stack.channel::close, "close");
        goodbye.start();
        try {
            // A goodbye is polite, but a paused peer must not hold up the end.
            goodbye.join(GOODBYE_MILLIS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        stopThreads(stack.threads, stack.tcp::closeAllAbruptly);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void stopThreads(TransportThreads threads, Runnable freeStuck) {
        threads.refuseNew();
        try {
            threads.awaitEnd(THREADS_END_MILLIS, freeStuck);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static UUID addressOf(PeerId peer) {
        return new UUID(peer.node().value(), peer.generation());
    }

    /** What exists between start and close. */
    private record Running(
            PeerId self,
            FrameReceiver receiver,
            TransportThreads threads,
            KvChannel channel,
            KvTcp tcp,
            IpAddress listen) {

        /** Finds the IP address of a peer: at once if it is spelled out, else on another thread for a name server. */
        void resolve(PeerAddress address, Consumer<IpAddress> then) {
            if (isLiteral(address.host())) {
                resolveNow(address, then);
            } else if (!tcp.getThreadPool().execute(() -> resolveNow(address, then))) {
                LOG.debug("no thread is free to look up {}", address);
            }
        }

        private static void resolveNow(PeerAddress address, Consumer<IpAddress> then) {
            try {
                then.accept(new IpAddress(InetAddress.getByName(address.host()), address.port()));
            } catch (UnknownHostException e) {
                LOG.debug("no address is known for {}", address, e);
            }
        }

        private static boolean isLiteral(String host) {
            return host.indexOf(':') >= 0 || host.chars().allMatch(c -> c == '.' || (c >= '0' && c <= '9'));
        }

        void deliverToSelf(byte[] frame, int offset, int length) {
            tcp.getThreadPool().execute(() -> guard(receiver).onFrame(self, frame, offset, length));
        }
    }
}
