package io.kvmesh.transport;

import io.kvmesh.model.NodeId;
import java.util.concurrent.TimeUnit;

/** Members on one network under one clock. One thread. */
final class Mesh {
    static final MessengerLimits LIMITS = new MessengerLimits(10, 10_000, 100, 8, 5000);

    final MemoryNet net = new MemoryNet();
    final ManualTime time = new ManualTime();

    /** A member whose port is 7000 and its number. */
    Member member(long number) {
        return member(number, 1);
    }

    Member member(long number, long generation) {
        return member(new Hello("test", 64, new PeerId(new NodeId(number), generation)), (int) (7000 + number));
    }

    Member member(Hello hello, int port) {
        return new Member(net, time, hello, port, LIMITS);
    }

    /** Two members with a session. */
    void join(Member one, Member two) {
        one.messenger.connect(two.address());
        settle();
    }

    /** Runs everything that is due without moving the clock. */
    void settle() {
        boolean more = true;
        while (more) {
            more = time.runDue() || net.deliver();
        }
    }

    void advance(long millis) {
        long limit = time.monotonicNanos() + TimeUnit.MILLISECONDS.toNanos(millis);
        settle();
        while (time.advanceToNext(limit)) {
            settle();
        }
        settle();
    }

    long in(long millis) {
        return time.monotonicNanos() + TimeUnit.MILLISECONDS.toNanos(millis);
    }
}
