package io.kvmesh.testkit.bench.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** The engines that can be measured: this project's, and peers as far as they are on the class path. Stateless. */
final class Engines {
    /** All that there are, whether they are on the class path or not. */
    static final List<String> NAMES = List.of(KvMeshEngineProvider.NAME, "rocksdb", "h2-mvstore", "lmdb");

    private Engines() {}

    static List<EngineProvider> available() {
        List<EngineProvider> found = new ArrayList<>();
        found.add(new KvMeshEngineProvider());
        ServiceLoader.load(EngineProvider.class).forEach(found::add);
        return found;
    }
}
