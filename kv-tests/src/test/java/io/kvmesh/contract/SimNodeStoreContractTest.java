package io.kvmesh.contract;

import io.kvmesh.metadata.NodeStore;
import io.kvmesh.node.Environment;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;

class SimNodeStoreContractTest extends NodeStoreContract {
    private final SimMember member = SimCluster.of(1).seed(1).member(0);
    private final Environment environment = member.startProcess();

    @Override
    NodeStore open() {
        return environment.nodeStores().open(member.directory());
    }
}
