package io.kvmesh.testkit.bench;

import io.kvmesh.KvStore;
import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.Durability;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.StorageInfo;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * The process of one member of {@link ClusterBench}: a store, and callers inside it. Commands come over
 * {@link ChildLink}; confined to its main thread, but for the callers that it starts.
 */
final class ClusterMember {
    private final ChildLink link;
    private final RecordCallers callers;
    private final KvStore store;

    private ClusterMember(ChildLink link, KvStore store, RecordCallers callers) {
        this.link = link;
        this.store = store;
        this.callers = callers;
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        ChildLink link = new ChildLink();
        Map<String, String> settings = Words.parse(String.join(" ", arguments));
        KvStore opened;
        try {
            opened = open(settings);
        } catch (RuntimeException e) {
            link.answer("failed", e.toString().replace('\n', ' '));
            return;
        }
        try (KvStore store = opened) {
            KvMap<String, byte[]> map = store.map("bench", String.class, byte[].class);
            RecordCallers callers = new RecordCallers(
                    map,
                    Words.integer(settings, "number"),
                    Words.integer(settings, "records"),
                    Words.integer(settings, "value"));
            long startMillis = ManagementFactory.getRuntimeMXBean().getStartTime();
            link.answer("ready", Long.toString(System.currentTimeMillis() - startMillis));
            new ClusterMember(link, store, callers).serve();
        }
    }

    private static KvStore open(Map<String, String> settings) {
        return KvStore.builder()
                .directory(Path.of(Words.text(settings, "directory")))
                .cluster("bench")
                .bind("127.0.0.1", Words.integer(settings, "port"))
                .seeds(Words.text(settings, "seeds").split(",", -1))
                .expectMembers(ClusterBench.MEMBERS)
                .replicationFactor(ClusterBench.MEMBERS)
                .consistency(ConsistencyLevel.QUORUM, ConsistencyLevel.QUORUM)
                .durability(
                        Durability.valueOf(Words.text(settings, "durability").toUpperCase(Locale.ROOT)))
                .open();
    }

    private void serve() throws IOException, InterruptedException {
        String line = link.nextCommand();
        while (line != null && !line.equals("stop")) {
            Map<String, String> words = Words.parse(line);
            String command = line.split(" ", 2)[0];
            switch (command) {
                case "load" -> load(words);
                case "point" -> point(words);
                case "info" -> info();
                default -> throw new IllegalArgumentException("unknown command '" + line + "'");
            }
            line = link.nextCommand();
        }
    }

    private void load(Map<String, String> words) throws InterruptedException {
        int from = Words.integer(words, "from");
        int to = Words.integer(words, "to");
        PointSample sample = callers.load(
                from, to, Words.integer(words, "threads"), done -> link.answer("load", "progress " + done));
        link.answer("load", sample.encode());
    }

    private void point(Map<String, String> words) throws InterruptedException {
        Callers.Window window = new Callers.Window(
                Words.number(words, "start"), Words.number(words, "warm"), Words.number(words, "measure"));
        PointSample sample = callers.point(
                Words.integer(words, "point"), Words.integer(words, "threads"), Words.integer(words, "writes"), window);
        link.answer("result", sample.encode());
    }

    private void info() {
        StorageInfo info = store.admin().storage();
        link.answer(
                "info",
                "disk=" + info.disk().totalBytes() + " sstables=" + info.disk().sstableCount() + " flushes="
                        + info.writes().flushCount()
                        + " memtable=" + info.memory().memtableBytes() + " health="
                        + store.health().status());
    }
}
