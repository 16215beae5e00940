package io.kvmesh.contract;

import io.kvmesh.metadata.HintStore;
import io.kvmesh.metadata.sqlite.SqliteHintStore;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class SqliteHintStoreContractTest extends HintStoreContract {
    @TempDir
    Path directory = Path.of("unset");

    @Override
    HintStore open() {
        return SqliteHintStore.open(directory);
    }
}
