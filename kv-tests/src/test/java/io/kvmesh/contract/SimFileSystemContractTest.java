package io.kvmesh.contract;

import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.testkit.SimDisk;
import java.nio.file.Path;

class SimFileSystemContractTest extends FileSystemContract {
    private static final Path DIRECTORY = Path.of("/sim/contract");

    private SimDisk disk = new SimDisk(RandomSource.seeded(1));

    @Override
    FileSystem newFileSystem() {
        disk = new SimDisk(RandomSource.seeded(1));
        return disk.mount();
    }

    @Override
    FileSystem newFileSystemOnSameDisk() {
        return disk.mount();
    }

    @Override
    Path emptyDirectory() {
        disk.createStableDirectory(DIRECTORY);
        return DIRECTORY;
    }
}
