package io.kvmesh.contract;

import io.kvmesh.metadata.HintStore;
import io.kvmesh.node.Environment;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;

class SimHintStoreContractTest extends HintStoreContract {
    private final SimMember member = SimCluster.of(1).seed(1).member(0);
    private final Environment environment = member.startProcess();

    @Override
    HintStore open() {
        return environment.hintStores().open(member.directory());
    }
}
