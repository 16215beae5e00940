package io.kvmesh.testkit.bench.peers.lmdb;

import io.kvmesh.testkit.bench.storage.BenchEngine;
import io.kvmesh.testkit.bench.storage.EngineProvider;
import io.kvmesh.testkit.bench.storage.EngineSettings;
import java.util.List;
import org.lmdbjava.Meta;

/** Opens LMDB. Stateless. */
public final class LmdbProvider implements EngineProvider {
    @Override
    public String name() {
        return "lmdb";
    }

    @Override
    public String describe(EngineSettings settings) {
        return "version " + version() + ", a transaction for each write, map of "
                + (LmdbEngine.mapBytes(settings) >> 20) + " MiB, NOSYNC and WRITEMAP but for synced writes, no cache"
                + " besides that of the operating system";
    }

    private static String version() {
        Meta.Version version = Meta.version();
        return version.major + "." + version.minor + "." + version.patch;
    }

    @Override
    public BenchEngine open(EngineSettings settings) {
        return new LmdbEngine(settings);
    }

    @Override
    public boolean survivesKill() {
        return true;
    }

    @Override
    public List<String> jvmArguments() {
        return List.of("--add-opens=java.base/java.nio=ALL-UNNAMED", "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED");
    }
}
