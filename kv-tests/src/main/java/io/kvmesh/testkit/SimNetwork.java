package io.kvmesh.testkit;

import io.kvmesh.runtime.RandomSource;
import io.kvmesh.transport.PeerAddress;
import java.net.BindException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The network between simulated members, with its faults. Confined to the simulation's thread.
 *
 * <p>Every pair of members has two links, one each way, which delay, lose, duplicate and reorder frames by their
 * {@link LinkSettings}, and can be cut. At first all links are {@link LinkSettings#RELIABLE}. A frame is lost if its
 * link is cut when it leaves or when it arrives. A member reaches itself always and at once. A receiver that spends
 * time holds up the later frames of the same sender, but not those of others, as each sender has a thread that reads.
 */
public final class SimNetwork {
    private static final int FIRST_EPHEMERAL_PORT = 49_152;
    private static final int PORT_MAX = 65_535;
    /** How many of the frames that a process sent just before it was killed still arrive. */
    private static final double ARRIVAL_RATE_AFTER_KILL = 0.5;

    private final SimLoop loop;
    private final RandomSource random;
    private final int members;
    private final Map<PeerAddress, SimTransport> endpoints = new HashMap<>();
    private final TreeMap<Way, SimLink> links = new TreeMap<>();
    private final TreeMap<Way, SimFlapping> flapping = new TreeMap<>();
    private LinkSettings settings = LinkSettings.RELIABLE;
    private int nextEphemeralPort = FIRST_EPHEMERAL_PORT;
    private NetworkCounts counts = NetworkCounts.NONE;

    /** A direction between two members. */
    private record Way(int from, int to) implements Comparable<Way> {
        @Override
        public int compareTo(Way other) {
            int byFrom = Integer.compare(from, other.from);
            return byFrom != 0 ? byFrom : Integer.compare(to, other.to);
        }
    }

    SimNetwork(SimLoop loop, RandomSource random, int members) {
        this.loop = loop;
        this.members = members;
        this.random = random;
    }

    /** Sets how frames travel on all links. */
    public void use(LinkSettings newSettings) {
        settings = newSettings;
        links.values().forEach(link -> link.use(newSettings));
        fault("all links: " + newSettings);
    }

    /** Sets how frames travel from one member to another. */
    public void use(int from, int to, LinkSettings newSettings) {
        link(from, to).use(newSettings);
        fault("link m" + from + " -> m" + to + ": " + newSettings);
    }

    /** Cuts both ways between two members. */
    public void cut(int one, int other) {
        cutOneWay(one, other);
        cutOneWay(other, one);
    }

    /** Lets nothing pass from one member to another; the way back stays as it is. */
    public void cutOneWay(int from, int to) {
        link(from, to).cut();
        fault("cut m" + from + " -> m" + to);
    }

    /** Cuts a member off from all the others. */
    public void isolate(int member) {
        partition(List.of(member));
    }

    /** Cuts all ways between a group of members and the rest; inside both everything passes. */
    public void partition(Collection<Integer> group) {
        for (int member : new TreeSet<>(group)) {
            IntStream.range(0, members).filter(other -> !group.contains(other)).forEach(other -> cut(member, other));
        }
    }

    /** Cuts all ways between the first half of the members and the second, which has one more of an odd number. */
    public void halves() {
        partition(IntStream.range(0, members / 2).boxed().toList());
    }

    /** Splits the others in two halves that do not reach each other, while this member reaches both. */
    public void bridge(int member) {
        link(member, member);
        List<Integer> others = IntStream.range(0, members)
                .filter(other -> other != member)
                .boxed()
                .toList();
        List<Integer> left = others.subList(0, others.size() / 2);
        List<Integer> right = others.subList(others.size() / 2, others.size());
        left.forEach(one -> right.forEach(other -> cut(one, other)));
    }

    /**
     * Cuts both ways between two members and heals them, again and again, until they are healed for good by
     * {@link #heal(int, int)} or {@link #heal()}.
     *
     * @param cutMean how long it is cut on average
     * @param passMean how long frames pass on average
     */
    public void flap(int one, int other, Duration cutMean, Duration passMean) {
        SimFlapping started = new SimFlapping(
                loop, random.split(), cutMean, passMean, () -> cut(one, other), () -> passAgain(one, other));
        stopFlapping(one, other);
        flapping.put(pair(one, other), started);
        started.start();
    }

    /** Ends the cut between two members, both ways. */
    public void heal(int one, int other) {
        stopFlapping(one, other);
        passAgain(one, other);
    }

    private void passAgain(int one, int other) {
        link(one, other).heal();
        link(other, one).heal();
        fault("healed m" + one + " <-> m" + other);
    }

    /** Ends all cuts. What the settings of links make frames suffer goes on. */
    public void heal() {
        flapping.values().forEach(SimFlapping::stop);
        flapping.clear();
        links.values().forEach(SimLink::heal);
        fault("healed all");
    }

    public NetworkCounts counts() {
        return counts;
    }

    /** The bytes of all frames that one member sent to another, whatever became of them. */
    public long bytesSent(int from, int to) {
        SimLink link = links.get(new Way(from, to));
        return link == null ? 0 : link.bytesSent();
    }

    PeerAddress bind(SimTransport transport, String host, int port) throws BindException {
        PeerAddress address = port == 0 ? ephemeral(host) : new PeerAddress(host, port);
        if (isTaken(address)) {
            throw new BindException("Address already in use: " + address);
        }
        endpoints.put(address, transport);
        return address;
    }

    void unbind(SimTransport transport, PeerAddress address) {
        endpoints.remove(address, transport);
    }

    /** Lets a frame leave. */
    void carry(SimFrame frame) {
        counts = counts.plusSent(frame.length());
        SimTransport target = endpoints.get(frame.address());
        if (target == null) {
            drop(frame, "nobody listens there");
            return;
        }
        SimLink link = link(frame.sender().member(), target.member());
        link.sent(frame.length());
        loop.hash(frame.sender().member(), EventKind.FRAME, frame.checksum());
        if (link.isCut() || link.isFull() || link.drawLoss()) {
            drop(frame, link.isCut() ? "cut" : link.isFull() ? "too many frames on the way" : "lost");
            return;
        }
        leave(frame, link);
        if (link.drawDuplication()) {
            counts = counts.plusDuplicated();
            leave(frame, link);
        }
    }

    private void leave(SimFrame frame, SimLink link) {
        link.frameLeft();
        loop.schedule(
                link.drawDelayNanos(loop.nowNanos()), EventKind.FRAME, null, frame.label(), () -> arrive(frame, link));
    }

    private void arrive(SimFrame frame, SimLink link) {
        link.frameArrived();
        if (frame.wasChangedBySender()) {
            throw loop.failure(
                    "member " + frame.sender().member() + " changed a frame after sending it: " + frame.label());
        }
        SimTransport target = endpoints.get(frame.address());
        String reason = reasonToDrop(frame, target, link);
        if (reason != null || target == null) {
            drop(frame, reason);
            return;
        }
        if (target.process().isPaused()) {
            // The frame waits in the receive buffer of the machine until the process runs again.
            target.process().schedule(0, EventKind.FRAME, frame.label(), () -> deliver(frame, target));
            return;
        }
        deliver(frame, target);
    }

    private void stopFlapping(int one, int other) {
        SimFlapping stopped = flapping.remove(pair(one, other));
        if (stopped != null) {
            stopped.stop();
        }
    }

    private static Way pair(int one, int other) {
        return new Way(Math.min(one, other), Math.max(one, other));
    }

    private @Nullable String reasonToDrop(SimFrame frame, @Nullable SimTransport target, SimLink link) {
        if (target == null || !target.isOpen()) {
            return "nobody listens there";
        }
        if (link.isCut()) {
            return "cut";
        }
        if (!frame.isFor(target.self())) {
            return "another generation listens there";
        }
        if (!frame.sender().process().isAlive() && !random.chance(ARRIVAL_RATE_AFTER_KILL)) {
            return "the sender died";
        }
        return null;
    }

    private void deliver(SimFrame frame, SimTransport target) {
        if (!target.isOpen()) {
            return;
        }
        if (target.receive(frame)) {
            counts = counts.plusDelivered();
        } else {
            drop(frame, "the receive buffer is full");
        }
    }

    private void drop(SimFrame frame, @Nullable String reason) {
        counts = counts.plusDropped();
        loop.record(frame.sender().member(), EventKind.DROP, new Dropped(frame.label(), reason));
    }

    /** Shown in timelines. */
    private record Dropped(SimFrame.Label frame, @Nullable String reason) {
        @Override
        public String toString() {
            return reason + ": " + frame;
        }
    }

    private SimLink link(int from, int to) {
        if (from < 0 || from >= members || to < 0 || to >= members) {
            throw new IllegalArgumentException(
                    "link m" + from + " -> m" + to + " does not exist: there are " + members + " members");
        }
        return links.computeIfAbsent(new Way(from, to), way -> {
            // A generator per link: what happens on one does not change the draws of another.
            LinkSettings initial = from == to ? LinkSettings.RELIABLE : settings;
            return new SimLink(random.split(), initial);
        });
    }

    private PeerAddress ephemeral(String host) throws BindException {
        for (int tried = FIRST_EPHEMERAL_PORT; tried <= PORT_MAX; tried++) {
            PeerAddress address = new PeerAddress(host, nextEphemeralPort);
            nextEphemeralPort = nextEphemeralPort == PORT_MAX ? FIRST_EPHEMERAL_PORT : nextEphemeralPort + 1;
            if (!isTaken(address)) {
                return address;
            }
        }
        throw new BindException("Address already in use: all ports of " + host);
    }

    private boolean isTaken(PeerAddress address) {
        SimTransport bound = endpoints.get(address);
        return bound != null && bound.isOpen();
    }

    private void fault(String text) {
        loop.record(-1, EventKind.FAULT, text);
    }
}
