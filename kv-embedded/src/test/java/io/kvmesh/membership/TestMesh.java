package io.kvmesh.membership;

import io.kvmesh.api.MemberState;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.metadata.NodeStore;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.RingState;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.Verb;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Members on one thread under virtual time, on a network that delays, loses and cuts. One queue of events holds all
 * that happens. Not safe for several threads.
 */
final class TestMesh {
    static final long SECOND = 1_000_000_000L;
    static final long MILLI = 1_000_000L;
    static final int VNODES = 16;

    final RandomSource random;
    final TreeMap<Integer, TestMember> members = new TreeMap<>();
    double loss;
    int vnodes = VNODES;
    int expectedMembers = 2;
    long removeAfterNanos;
    long forgetAfterNanos = MembershipConfig.FORGET_AFTER_NANOS;
    int membersMax = MembershipConfig.MEMBERS_MAX;
    /** Whether members that gain partitions have them at once, or never. */
    boolean streams = true;

    int partitions = 64;
    LinkRule cut = (from, to, verb) -> false;

    private final PriorityQueue<Event> queue = new PriorityQueue<>();
    private long nowNanos = 7 * SECOND;
    private long sequence;

    TestMesh(long seed) {
        random = RandomSource.seeded(seed);
    }

    /** Which frames are lost on purpose. A null verb stands for hello and its acknowledgement. */
    interface LinkRule {
        boolean isCut(int from, int to, @Nullable Verb verb);
    }

    private record Event(long atNanos, long sequence, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
        }
    }

    static NodeId id(int index) {
        return new NodeId(0x1000L + index);
    }

    static int index(NodeId node) {
        return (int) (node.value() - 0x1000L);
    }

    static PeerAddress address(int index) {
        return new PeerAddress("10.0.0." + index, 7000);
    }

    long nowNanos() {
        return nowNanos;
    }

    void at(long delayNanos, Runnable action) {
        queue.add(new Event(nowNanos + delayNanos, sequence++, action));
    }

    /** A member that is not started yet. */
    TestMember create(int index, long generation) {
        TestMember member = new TestMember(this, index, generation);
        members.put(index, member);
        return member;
    }

    TestMember start(int index, int... seeds) {
        TestMember member = create(index, 1);
        member.start(addresses(seeds), null);
        return member;
    }

    /** Starts a member again, from what its store holds. */
    TestMember restart(int index, @Nullable NodeStore store, int... seeds) {
        TestMember member = create(index, member(index).id.generation() + 1);
        member.start(addresses(seeds), store);
        return member;
    }

    /** Members 0 to count - 1, all with the first three as seeds. */
    void startAll(int count) {
        for (int i = 0; i < count; i++) {
            start(i, 0, 1, 2);
        }
    }

    TestMember member(int index) {
        TestMember member = members.get(index);
        if (member == null) {
            throw new IllegalArgumentException("no member " + index);
        }
        return member;
    }

    List<TestMember> running() {
        return members.values().stream().filter(member -> member.alive).toList();
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

    void runSeconds(double seconds) {
        run((long) (seconds * SECOND));
    }

    /**
     * Lets time pass until the condition, looked at every 20 ms, holds; the time that it took, or -1 if it did not
     * within the limit.
     */
    long runUntil(BooleanSupplier condition, long limitNanos) {
        long started = nowNanos;
        while (!condition.getAsBoolean()) {
            if (nowNanos - started >= limitNanos) {
                return -1;
            }
            run(Math.min(20 * MILLI, limitNanos - (nowNanos - started)));
        }
        return nowNanos - started;
    }

    /** Whether every running member sees every running member alive, with its present generation. */
    boolean isConverged() {
        List<TestMember> running = running();
        for (TestMember observer : running) {
            ClusterView view = observer.membership.view();
            for (TestMember other : running) {
                ClusterView.Member seen = view.member(other.id.node());
                if (seen == null || seen.state() != MemberState.ALIVE || seen.generation() != other.id.generation()) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Whether all running members have a seat, and know one and the same ring, which is not about to change. */
    boolean isSeated() {
        RingEpoch epoch = running().get(0).membership.view().epoch();
        for (TestMember member : running()) {
            RingState ring = member.membership.view().ringState();
            if (ring == null
                    || ring.phase() != RingState.Phase.STEADY
                    || !ring.epoch().equals(epoch)
                    || ring.standing(member.id.node()) != RingState.Standing.MEMBER) {
                return false;
            }
        }
        return true;
    }

    boolean allOthersSee(int index, MemberState state) {
        for (TestMember observer : running()) {
            if (observer.index != index && observer.stateOf(index) != state) {
                return false;
            }
        }
        return true;
    }

    /** Sends a frame; it arrives a little later, or never. */
    void deliver(TestMember from, int to, @Nullable Verb verb, Consumer<TestMember> arrival) {
        boolean lost = cut.isCut(from.index, to, verb) || (loss > 0 && random.chance(loss));
        if (!from.alive || lost) {
            return;
        }
        TestMember target = members.get(to);
        at(MILLI / 5 + random.nextLong(MILLI), () -> {
            if (target != null && target.alive) {
                target.whenAwake(() -> arrival.accept(target));
            }
        });
    }

    static List<PeerAddress> addresses(int... indexes) {
        List<PeerAddress> addresses = new ArrayList<>();
        for (int index : indexes) {
            addresses.add(address(index));
        }
        return addresses;
    }

    static ByteReader reader(byte[] bytes) {
        return new ByteReader(bytes);
    }

    static PeerId peer(int index, long generation) {
        return new PeerId(id(index), generation);
    }
}
