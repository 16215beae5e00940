package io.kvmesh.contract;

import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.runtime.FileSystem;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class DiskFileSystemContractTest extends FileSystemContract {
    @TempDir
    Path directory = Path.of("unset");

    @Override
    FileSystem newFileSystem() {
        return new DiskFileSystem();
    }

    @Override
    FileSystem newFileSystemOnSameDisk() {
        return new DiskFileSystem();
    }

    @Override
    Path emptyDirectory() {
        return directory;
    }
}
