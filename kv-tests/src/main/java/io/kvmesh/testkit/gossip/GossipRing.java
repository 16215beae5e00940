package io.kvmesh.testkit.gossip;

import io.kvmesh.api.MemberState;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.metadata.NodeStore.KnownPeer;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Many memberships in one thread under virtual time, and the network between them, which delays and loses messages.
 * Confined to one thread.
 */
final class GossipRing {
    static final long ROUND_NANOS = 1_000_000_000L;
    private static final long DELAY_NANOS_MIN = 200_000L;
    private static final long DELAY_NANOS_SPREAD = 1_000_000L;
    private static final int SEEDS = 3;

    private final double loss;
    private final RandomSource random;
    private final List<GossipMember> members = new ArrayList<>();
    private final PriorityQueue<Event> queue = new PriorityQueue<>();
    private long nowNanos;
    private long sequence;
    private long sentBytes;

    private record Event(long atNanos, long sequence, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
        }
    }

    GossipRing(double loss, int seed) {
        this.loss = loss;
        this.random = RandomSource.seeded(seed);
    }

    /** Starts members that know each other from an earlier run and have sessions. */
    void startAll(int count) {
        List<KnownPeer> all = new ArrayList<>();
        for (int index = 0; index < count; index++) {
            members.add(new GossipMember(this, index, random.split()));
            PeerAddress address = address(index);
            all.add(new KnownPeer(id(index).node(), 1, address.host(), address.port()));
        }
        for (GossipMember member : members) {
            List<KnownPeer> others = new ArrayList<>(all);
            others.remove(member.index());
            member.knowAll(count);
            member.start(seeds(), new KnownMembers(others));
        }
        for (int seed = 0; seed < Math.min(SEEDS, count); seed++) {
            for (GossipMember member : List.copyOf(members)) {
                int other = seed;
                if (member.index() != other) {
                    at(0, () -> member.met(other));
                    at(0, () -> members.get(other).met(member.index()));
                }
            }
        }
    }

    /** A member comes that knows no other yet, and meets one seed. */
    void join() {
        int index = members.size();
        GossipMember joining = new GossipMember(this, index, random.split());
        members.add(joining);
        joining.start(seeds().subList(0, 1), new KnownMembers(List.of()));
    }

    /** How many of the others know the member that came last, as alive. */
    int informed() {
        int last = members.size() - 1;
        int informed = 0;
        for (GossipMember member : members.subList(0, last)) {
            ClusterView view = member.view();
            ClusterView.Member seen = view.member(id(last).node());
            informed += seen != null && seen.state() != MemberState.DEAD ? 1 : 0;
        }
        return informed;
    }

    /** Whether all know all as alive. */
    boolean isSettled() {
        for (GossipMember member : members) {
            if (member.view().aliveCount() != members.size()) {
                return false;
            }
        }
        return true;
    }

    /** Members that one of the others holds for anything but alive. */
    int doubted() {
        int doubted = 0;
        for (GossipMember member : members) {
            doubted += members.size() - member.view().aliveCount();
        }
        return doubted;
    }

    int size() {
        return members.size();
    }

    long sentBytes() {
        return sentBytes;
    }

    long nowNanos() {
        return nowNanos;
    }

    void run(long nanos) {
        long end = nowNanos + nanos;
        while (!queue.isEmpty() && queue.peek().atNanos <= end) {
            Event event = queue.remove();
            nowNanos = event.atNanos;
            event.action.run();
        }
        nowNanos = end;
    }

    void at(long delayNanos, Runnable action) {
        queue.add(new Event(nowNanos + delayNanos, sequence++, action));
    }

    void send(int to, int bytes, Runnable arrival) {
        sentBytes += bytes;
        if (to < members.size() && !random.chance(loss)) {
            at(DELAY_NANOS_MIN + random.nextLong(DELAY_NANOS_SPREAD), arrival);
        }
    }

    GossipMember member(int index) {
        return members.get(index);
    }

    static PeerId id(int index) {
        return new PeerId(new NodeId(index + 1L), 1);
    }

    static int index(NodeId node) {
        return (int) (node.value() - 1);
    }

    static PeerAddress address(int index) {
        return new PeerAddress("member-" + index, 7_000);
    }

    static int index(PeerAddress address) {
        return Integer.parseInt(address.host().substring("member-".length()));
    }

    private List<PeerAddress> seeds() {
        List<PeerAddress> seeds = new ArrayList<>();
        for (int index = 0; index < Math.min(SEEDS, members.size()); index++) {
            seeds.add(address(index));
        }
        return seeds;
    }
}
