package io.kvmesh.transport.jgroups;

import io.kvmesh.codec.MalformedBytesException;
import java.io.DataInput;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.Event;
import org.jgroups.View;
import org.jgroups.blocks.cs.Connection;
import org.jgroups.protocols.TCP;
import org.jgroups.stack.DiagnosticsHandler;
import org.jgroups.stack.IpAddress;
import org.jgroups.util.TLSClientAuth;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TCP protocol of JGroups with its receiving side replaced by {@link WireParser} and its settings fixed to what
 * was measured. Safe for any thread.
 */
final class KvTcp extends TCP {
    /** The largest unit on a socket. Above the largest frame, since a unit holds a frame and its addresses. */
    static final int UNIT_BYTES_MAX = 16 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(KvTcp.class);
    private static final int UNIT_BYTES_MIN = 3;
    private static final int TRUSTED_BYTES_MAX = 128 << 10;
    private static final long SENDERS_POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final long REFUSAL_LOG_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final WireParser parser;
    private final KvBundler queues = new KvBundler();
    private final LongAdder refused = new LongAdder();
    private final AtomicInteger sending = new AtomicInteger();
    private volatile boolean closing;
    private final AtomicLong refusalLoggedNanos = new AtomicLong(System.nanoTime() - REFUSAL_LOG_NANOS);

    /** @param tls encrypts all connections and demands a certificate that it trusts of both sides; null for none */
    KvTcp(InetAddress bindAddress, int bindPort, @Nullable SSLContext tls, TransportThreads threads, WireParser parser)
            throws Exception {
        this.parser = parser;
        // A port that is taken must be an error: the default would silently listen on another one.
        setBindAddress(bindAddress);
        setBindPort(bindPort);
        setPortRange(0);
        setThreadFactory(threads);
        useVirtualThreads(false);
        getThreadPool().setMinThreads(2).setMaxThreads(16);
        setMessageProcessingPolicy("all-direct");
        setBundler(queues);
        setDiagnosticsHandler(new DiagnosticsHandler(getLog(), getSocketFactory(), threads).setEnabled(false));
        setMaxLength(UNIT_BYTES_MAX);
        setSockConnTimeout(1000);
        // The accepting thread reads this address itself, so a silent connection delays all others for that long.
        setPeerAddrReadTimeout(250);
        tcpNodelay(true);
        logDetails(false);
        logAcceptError(false);
        if (tls != null) {
            tls().enabled(true).setSSLContext(tls).setClientAuth(TLSClientAuth.NEED);
        }
    }

    @Override
    public void start() throws Exception {
        super.start();
        srv.log(new QuietLog());
    }

    /** Queues a frame. Never blocks and never tells whether it arrived. */
    void transmit(Address destination, byte[] frame, int offset, int length) {
        BytesMessage message = new BytesMessage(destination, frame, offset, length);
        message.setSrc(local_addr);
        try {
            queues.send(message);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Exception e) {
            // The stack is being stopped; a frame may be lost at any time.
            LOG.debug("a frame to {} was not queued", destination, e);
        }
    }

    KvBundler queues() {
        return queues;
    }

    /** Connections that were closed because of what came in on them. */
    long refusedUnits() {
        return refused.sum();
    }

    /** Where the stack says that this member listens. Known after the start. */
    @Nullable
    IpAddress listenAddress() {
        return (IpAddress) localPhysicalAddress();
    }

    /** Closes the connections to all but these members. */
    void retain(Collection<Address> live, long viewId) {
        queues.forgetContacts();
        down(new Event(Event.VIEW_CHANGE, View.create(local_addr, viewId, live)));
    }

    /**
     * Called for a change of view. The stock method says goodbye on each socket, and so waits for a writer that is
     * stuck on a paused or vanished peer; this one frees that writer.
     */
    @Override
    public void retainAll(Collection<Address> members) {
        srv.forAllConnections((address, connection) -> {
            if (!members.contains(address)) {
                closeAbruptly(connection);
            }
        });
    }

    /** Called by the thread of a queue with what it packed together. */
    @Override
    public void send(Address destination, byte[] data, int offset, int length) throws Exception {
        sending.incrementAndGet();
        try {
            if (!closing) {
                super.send(destination, data, offset, length);
            }
        } finally {
            sending.decrementAndGet();
        }
    }

    /**
     * From here on nothing is sent, and waits for what is being sent. A thread that dialled while the stack clears its
     * connections would leave one open that nobody knows: its reader would never end.
     *
     * @param patienceMillis after which the connections are closed under those who are still sending
     * @param timeoutMillis after which they are not waited for any more
     */
    void refuseToSend(long patienceMillis, long timeoutMillis) {
        closing = true;
        long beginNanos = System.nanoTime();
        while (sending.get() > 0) {
            long waitedMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beginNanos);
            if (waitedMillis > timeoutMillis) {
                LOG.warn("{} threads still send after {} ms", sending.get(), waitedMillis);
                return;
            }
            if (waitedMillis > patienceMillis) {
                closeAllAbruptly();
            }
            LockSupport.parkNanos(SENDERS_POLL_NANOS);
        }
    }

    /** Closes all sockets without a goodbye, so that nobody waits for a stuck peer. */
    void closeAllAbruptly() {
        srv.forAllConnections((address, connection) -> closeAbruptly(connection));
    }

    private static void closeAbruptly(Connection connection) {
        try {
            connection.close(false);
        } catch (IOException e) {
            LOG.debug("closing {} failed", connection, e);
        }
    }

    /** Called by the thread that reads a socket. An exception from here closes that connection. */
    @Override
    public void receive(Address sender, DataInput in, int length) throws Exception {
        if (length < UNIT_BYTES_MIN || length > UNIT_BYTES_MAX) {
            throw refuse(
                    sender,
                    new MalformedBytesException("announced size " + length + " is not within " + UNIT_BYTES_MIN
                            + " and " + UNIT_BYTES_MAX));
        }
        byte[] unit = readWhole(in, length);
        try {
            parser.parse(unit);
        } catch (MalformedBytesException e) {
            throw refuse(sender, e);
        }
    }

    /** The stack loops its own multicasts back this way. There are none. */
    @Override
    public void receive(Address sender, byte[] data, int offset, int length) {}

    private MalformedBytesException refuse(Address sender, MalformedBytesException reason) {
        refused.increment();
        long now = System.nanoTime();
        long last = refusalLoggedNanos.get();
        if (now - last >= REFUSAL_LOG_NANOS && refusalLoggedNanos.compareAndSet(last, now)) {
            LOG.warn("closed a connection from {} that sent no frame of a member: {}", sender, reason.getMessage());
        }
        return reason;
    }

    /** Reads so many bytes, but allocates for a large announced size only as the bytes arrive. */
    private static byte[] readWhole(DataInput in, int length) throws IOException {
        byte[] unit = new byte[Math.min(length, TRUSTED_BYTES_MAX)];
        in.readFully(unit);
        while (unit.length < length) {
            int filled = unit.length;
            unit = Arrays.copyOf(unit, Math.min(length, filled * 2));
            in.readFully(unit, filled, unit.length - filled);
        }
        return unit;
    }
}
