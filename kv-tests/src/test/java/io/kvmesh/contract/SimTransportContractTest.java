package io.kvmesh.contract;

import io.kvmesh.api.KvConfig;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import io.kvmesh.transport.Transport;
import java.time.Duration;
import java.util.function.BooleanSupplier;

class SimTransportContractTest extends TransportContract {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final int MEMBERS = 8;

    private final SimCluster cluster = SimCluster.of(MEMBERS).seed(1);
    private int started;

    @Override
    Transport newTransport(int port) {
        SimMember member = cluster.member(started++);
        KvConfig config = KvConfig.builder()
                .directory(member.directory())
                .cluster("contract")
                .bind(host(), port)
                .build();
        return member.startProcess().transports().create(config);
    }

    @Override
    String host() {
        return "127.0.0.1";
    }

    @Override
    void await(BooleanSupplier condition) {
        cluster.runUntil("the condition of the test", condition, LIMIT);
    }
}
