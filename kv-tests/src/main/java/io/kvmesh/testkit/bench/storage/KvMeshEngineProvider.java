package io.kvmesh.testkit.bench.storage;

/** Opens the engine of this project. Stateless. */
final class KvMeshEngineProvider implements EngineProvider {
    static final String NAME = "kvmesh";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String describe(EngineSettings settings) {
        return "memtable " + (settings.memtableBytes() >> 20) + " MiB, cache " + (EngineSettings.CACHE_BYTES >> 20)
                + " MiB, blocks of " + EngineSettings.BLOCK_BYTES + " bytes, sync every 100 ms but for synced writes";
    }

    @Override
    public BenchEngine open(EngineSettings settings) {
        return new KvMeshEngine(settings);
    }

    @Override
    public boolean survivesKill() {
        return true;
    }
}
