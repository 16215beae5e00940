package io.kvmesh.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.RandomSource;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class PendingTableTest {
    private static final ReplyHandler NOBODY = new ReplyHandler() {
        @Override
        public void onReply(NodeId from, ByteReader payload) {}

        @Override
        public void onFailure(NodeId from, Failure failure) {}

        @Override
        public void onTick(long nowNanos) {}
    };

    @Test
    void behavesLikeAMapUnderRandomWork() {
        for (int seed = 0; seed < 20; seed++) {
            RandomSource random = RandomSource.seeded(seed);
            PendingTable table = new PendingTable();
            TreeMap<Long, PendingOperation> model = new TreeMap<>();
            for (int step = 0; step < 5000; step++) {
                // Few stripes and close numbers make long runs of neighbours, which removal must keep findable.
                long number = random.nextLong(200) * 64 + random.nextLong(2);
                if (random.chance(0.55) && !model.containsKey(number)) {
                    PendingOperation operation = new PendingOperation(number, NOBODY, 0);
                    table.put(operation);
                    model.put(number, operation);
                } else {
                    assertThat(table.remove(number)).isSameAs(model.remove(number));
                }
                long probe = random.nextLong(200) * 64;
                assertThat(table.get(probe)).isSameAs(model.get(probe));
                assertThat(table.size()).isEqualTo(model.size());
            }
            assertThat(table.snapshot()).containsExactlyInAnyOrderElementsOf(model.values());
            model.forEach((number, operation) -> assertThat(table.get(number)).isSameAs(operation));
        }
    }

    @Test
    void anOperationSettlesEachRequestOnceAndGivesTheRestBackAtItsEnd() {
        PeerSession session = new PeerSession(new PeerId(new NodeId(1), 1), new PeerAddress("h", 1));
        MessengerLimits limits = new MessengerLimits(100, 1000, 10, 10, 1000);
        PendingOperation operation = new PendingOperation(1, NOBODY, 0);
        for (int i = 1; i <= 9; i++) {
            assertThat(session.tryHold(i, limits)).isTrue();
            assertThat(operation.add(session, 20 + i % 2, i)).isTrue();
        }
        assertThat(operation.settle(session, 20)).isTrue();
        assertThat(session.bytesHeld()).isEqualTo(43);
        assertThat(operation.settle(session, 60)).isFalse();
        assertThat(operation.settleAll(session)).isEqualTo(8);
        assertThat(session.bytesHeld()).isZero();
        assertThat(session.tryHold(5, limits)).isTrue();
        assertThat(operation.add(session, 20, 5)).isTrue();
        operation.end();
        operation.end();
        assertThat(session.messagesHeld()).isZero();
        assertThat(session.bytesHeld()).isZero();
        assertThat(operation.add(session, 20, 5)).isFalse();
        assertThat(operation.settle(session, 20)).isFalse();
    }
}
