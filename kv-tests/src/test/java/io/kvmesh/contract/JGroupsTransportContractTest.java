package io.kvmesh.contract;

import io.kvmesh.transport.Transport;
import io.kvmesh.transport.jgroups.JGroupsTransport;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class JGroupsTransportContractTest extends TransportContract {
    private static final Duration LIMIT = Duration.ofSeconds(20);
    private static final Duration POLL = Duration.ofMillis(20);

    @Override
    Transport newTransport(int port) {
        return new JGroupsTransport(host(), port);
    }

    @Override
    String host() {
        return "127.0.0.1";
    }

    @Override
    void await(BooleanSupplier condition) {
        Awaitility.await()
                .atMost(LIMIT)
                .pollDelay(Duration.ZERO)
                .pollInterval(POLL)
                .until(condition::getAsBoolean);
    }
}
