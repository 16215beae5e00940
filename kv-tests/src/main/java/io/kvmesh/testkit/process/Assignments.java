package io.kvmesh.testkit.process;

import io.kvmesh.api.KvException;
import io.kvmesh.api.KvMap;
import io.kvmesh.testkit.bench.RecordPattern;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Single writes of many keys at the same moment, each in a thread of its own and never repeated. Used by one thread.
 */
final class Assignments {
    private final KvMap<String, byte[]> map;
    private final WriteScript script;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicInteger written = new AtomicInteger();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicInteger other = new AtomicInteger();

    Assignments(KvMap<String, byte[]> map, WriteScript script) {
        this.map = map;
        this.script = script;
    }

    /** Begins to write one value to the keys from 0 on. */
    void start(int keys, long sequence) {
        written.set(0);
        failed.set(0);
        other.set(0);
        for (int i = 0; i < keys; i++) {
            int key = i;
            byte[] value = RecordPattern.make(script.valueBytes(), key, 0, sequence);
            Thread thread = new Thread(() -> write(WriteScript.keyName(key), value), "assignment-" + key);
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    /** Waits until all have ended and tells how. */
    String await() throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
        threads.clear();
        return "written=" + written + " failed=" + failed + " other=" + other;
    }

    /** The sequences that the keys from 0 on hold, in their order. */
    String read(int keys) {
        StringJoiner sequences = new StringJoiner(",");
        for (int key = 0; key < keys; key++) {
            sequences.add(Long.toString(WriteScript.read(map, key)));
        }
        return sequences.toString();
    }

    private void write(String key, byte[] value) {
        try {
            map.set(key, value);
            written.incrementAndGet();
        } catch (KvException e) {
            failed.incrementAndGet();
        } catch (RuntimeException e) {
            other.incrementAndGet();
        }
    }
}
