package io.kvmesh.testkit.bench.peers.h2;

import io.kvmesh.testkit.bench.storage.BenchEngine;
import io.kvmesh.testkit.bench.storage.EngineProvider;
import io.kvmesh.testkit.bench.storage.EngineSettings;

/** Opens the MVStore of H2. Stateless. */
public final class MvStoreProvider implements EngineProvider {
    @Override
    public String name() {
        return "h2-mvstore";
    }

    @Override
    public String describe(EngineSettings settings) {
        return "cache " + (EngineSettings.CACHE_BYTES >> 20)
                + " MiB, compressed pages, commits in the background at least once a second: a write that returned may"
                + " be lost in a kill";
    }

    @Override
    public BenchEngine open(EngineSettings settings) {
        return new MvStoreEngine(settings);
    }

    @Override
    public boolean survivesKill() {
        return false;
    }
}
