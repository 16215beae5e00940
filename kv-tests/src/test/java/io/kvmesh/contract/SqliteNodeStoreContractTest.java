package io.kvmesh.contract;

import io.kvmesh.metadata.NodeStore;
import io.kvmesh.metadata.sqlite.SqliteNodeStore;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteNodeStoreContractTest extends NodeStoreContract {
    @TempDir
    Path directory = Path.of("unset");

    @Override
    NodeStore open() {
        return SqliteNodeStore.open(directory);
    }
}
