package io.kvmesh.codec;

import java.util.concurrent.ArrayBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Lends engines, since a Kryo serves one thread at a time. Safe for any number of threads: an engine is made when none
 * is idle, and dropped when enough are.
 */
final class EnginePool {
    static final int IDLE_ENGINES_MAX = 32;

    private final ObjectTypes types;
    private final ArrayBlockingQueue<KryoEngine> idle = new ArrayBlockingQueue<>(IDLE_ENGINES_MAX);

    EnginePool(ObjectTypes types) {
        this.types = types;
    }

    byte[] encode(Object value) {
        KryoEngine engine = take();
        try {
            return engine.encode(value);
        } finally {
            giveBack(engine);
        }
    }

    @Nullable
    Object decode(byte[] bytes, int offset, int length) {
        KryoEngine engine = take();
        try {
            return engine.decode(bytes, offset, length);
        } finally {
            giveBack(engine);
        }
    }

    int idleEngines() {
        return idle.size();
    }

    private KryoEngine take() {
        KryoEngine engine = idle.poll();
        return engine != null ? engine : KryoBootstrap.newEngine(types);
    }

    private void giveBack(KryoEngine engine) {
        if (engine.isWorthKeeping()) {
            // When enough are idle, this one is left to the garbage collector.
            idle.offer(engine);
        }
    }
}
