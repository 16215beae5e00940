package io.kvmesh.process;

import io.kvmesh.KvStore;
import io.kvmesh.api.Durability;
import io.kvmesh.api.KvException;
import io.kvmesh.api.KvMap;
import io.kvmesh.testkit.bench.ChildLink;
import io.kvmesh.testkit.bench.Words;
import io.kvmesh.testkit.process.WriteScript;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A process with a store that is alone. It reads all keys, then writes as the script says, telling of every
 * acknowledgement, until it is killed. Confined to its main thread, but for its writers.
 */
final class LoneChild {
    static final WriteScript SCRIPT = new WriteScript(4, 1_000, 300);

    private static final int ATTEMPTS_MAX = 500;
    private static final long RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private static final long MEMTABLE_BYTES = 256 * 1024;
    private static final int SEGMENT_BYTES = 2 * 1024 * 1024;

    private final ChildLink link = new ChildLink();

    private LoneChild() {}

    public static void main(String[] arguments) throws IOException {
        new LoneChild().serve();
        // Writers are still at work: end as abruptly as a killed process.
        Runtime.getRuntime().halt(0);
    }

    static KvStore open(Path directory, Durability durability) {
        return KvStore.builder()
                .directory(directory)
                .durability(durability)
                .memtableBytes(MEMTABLE_BYTES)
                .valueBytesMax(64 * 1024)
                .logSegmentBytes(SEGMENT_BYTES)
                .open();
    }

    static KvMap<String, byte[]> map(KvStore store) {
        return store.map("crash", String.class, byte[].class);
    }

    /** The state of all keys, a line each. */
    static String dump(KvMap<String, byte[]> map) {
        StringBuilder lines = new StringBuilder();
        for (int key = 0; key < SCRIPT.keys(); key++) {
            try {
                lines.append("k ").append(key).append(' ').append(WriteScript.read(map, key));
            } catch (RuntimeException e) {
                lines.append("f key ").append(key).append(": ").append(e);
            }
            lines.append('\n');
        }
        return lines.toString();
    }

    private void serve() throws IOException {
        warmUp();
        link.answer("warm", "");
        String command = link.nextCommand();
        if (command == null) {
            return;
        }
        Map<String, String> words = Words.parse(command);
        KvStore store;
        try {
            store = open(Path.of(Words.text(words, "directory")), Durability.valueOf(Words.text(words, "durability")));
        } catch (RuntimeException e) {
            link.answer("failed", e.getClass().getSimpleName() + " " + e.getMessage());
            return;
        }
        KvMap<String, byte[]> map = map(store);
        link.line(dump(map).stripTrailing());
        link.answer("dumped", "");
        // Waits for the sequences, which depend on what was read.
        String starts = link.nextCommand();
        if (starts == null) {
            return;
        }
        startWriters(map, starts.split(",", -1));
        link.nextCommand();
    }

    private void startWriters(KvMap<String, byte[]> map, String[] starts) {
        for (int i = 0; i < starts.length; i++) {
            int writer = i;
            long start = Long.parseLong(starts[i]);
            Thread thread = new Thread(() -> write(map, writer, start), "writer-" + writer);
            thread.setDaemon(true);
            thread.start();
        }
    }

    private void write(KvMap<String, byte[]> map, int writer, long start) {
        long sequence = start;
        try {
            while (true) {
                writePatiently(map, writer, sequence);
                link.line("a " + writer + " " + sequence);
                sequence++;
            }
        } catch (RuntimeException e) {
            link.line("f writer " + writer + " failed at " + sequence + ": " + e);
        }
    }

    /** A disk that others keep busy may make the store refuse for a while; writing the same again is safe. */
    private static void writePatiently(KvMap<String, byte[]> map, int writer, long sequence) {
        for (int attempt = 1; ; attempt++) {
            try {
                SCRIPT.apply(map, SCRIPT.operation(writer, sequence));
                return;
            } catch (KvException e) {
                if (!e.retryable() || attempt == ATTEMPTS_MAX) {
                    throw e;
                }
                LockSupport.parkNanos(RETRY_NANOS);
            }
        }
    }

    /** Loads the classes while the process before this one still runs. */
    private static void warmUp() throws IOException {
        Path directory = Files.createTempDirectory("kvmesh-warm-");
        try (KvStore store = open(directory.resolve("data"), Durability.PERIODIC)) {
            KvMap<String, byte[]> map = map(store);
            SCRIPT.apply(map, SCRIPT.operation(0, 1));
            dump(map);
        }
        TestFiles.deleteTree(directory);
    }
}
