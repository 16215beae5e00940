package io.kvmesh.testkit.process;

import io.kvmesh.KvStore;
import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.KvMap;
import io.kvmesh.api.MemberInfo;
import io.kvmesh.testkit.bench.ChildLink;
import io.kvmesh.testkit.bench.Words;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.StringJoiner;

/**
 * A process with one member of a mesh. It writes as the script says, reads all keys, and tells what it sees of the
 * others. Confined to its main thread, but for its writers.
 */
public final class MeshChild {
    static final int WRITERS_PER_MEMBER = 2;

    private static final int KEYS_PER_WRITER = 200;
    private static final int VALUE_BYTES = 200;

    public static final Duration OPERATION_TIMEOUT = Duration.ofSeconds(2);

    private final ChildLink link;
    private final KvStore store;
    private final KvMap<String, byte[]> map;
    private final WriteScript script;

    private MeshChild(ChildLink link, KvStore store, WriteScript script) {
        this.link = link;
        this.store = store;
        this.script = script;
        map = store.map("mesh", String.class, byte[].class);
    }

    /** What is written in a mesh of so many members. */
    static WriteScript script(int members) {
        int writers = members * WRITERS_PER_MEMBER;
        return new WriteScript(writers, writers * KEYS_PER_WRITER, VALUE_BYTES);
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        ChildLink link = new ChildLink();
        Map<String, String> settings = Words.parse(String.join(" ", arguments));
        KvStore opened;
        try {
            opened = open(settings);
        } catch (RuntimeException e) {
            link.answer("failed", e.getClass().getSimpleName() + " " + e.getMessage());
            return;
        }
        try (KvStore store = opened) {
            MeshChild child = new MeshChild(link, store, script(Words.integer(settings, "expect")));
            long startMillis = ManagementFactory.getRuntimeMXBean().getStartTime();
            link.answer("ready", Long.toString(System.currentTimeMillis() - startMillis));
            child.serve();
        }
    }

    private static KvStore open(Map<String, String> settings) {
        return KvStore.builder()
                .directory(Path.of(Words.text(settings, "directory")))
                .cluster(Words.text(settings, "cluster"))
                .bind("127.0.0.1", Words.integer(settings, "port"))
                .seeds(Words.text(settings, "seeds").split(",", -1))
                .expectMembers(Words.integer(settings, "expect"))
                .partitions(Words.integer(settings, "partitions"))
                .joinTimeout(Duration.ofMillis(Words.number(settings, "joinMillis")))
                .operationTimeout(OPERATION_TIMEOUT)
                .consistency(
                        ConsistencyLevel.QUORUM, ConsistencyLevel.valueOf(settings.getOrDefault("writes", "QUORUM")))
                .open();
    }

    private void serve() throws IOException, InterruptedException {
        MeshWriters writers = new MeshWriters(link, map, script);
        Assignments assignments = new Assignments(map, script);
        String line = link.nextCommand();
        while (line != null && !line.equals("stop")) {
            Map<String, String> words = Words.parse(line);
            switch (line.split(" ", 2)[0]) {
                case "write" -> writers.start(Words.text(words, "writers"), Words.text(words, "sequences"));
                case "pause" -> link.answer("paused", writers.stop());
                case "calls" -> link.answer("calls", writers.tally().toWords());
                case "members" -> link.answer("members", members());
                case "dump" -> dump();
                case "assign" -> {
                    assignments.start(Words.integer(words, "keys"), Words.number(words, "sequence"));
                    link.answer("assigning", "");
                }
                case "await" -> link.answer("assigned", assignments.await());
                case "read" -> link.answer("values", assignments.read(Words.integer(words, "keys")));
                default -> throw new IllegalArgumentException("unknown command '" + line + "'");
            }
            line = link.nextCommand();
        }
    }

    private String members() {
        StringJoiner states = new StringJoiner(" ");
        for (MemberInfo member : store.admin().members()) {
            states.add(member.address() + "=" + member.state());
        }
        return states.toString();
    }

    private void dump() {
        StringBuilder lines = new StringBuilder();
        for (int key = 0; key < script.keys(); key++) {
            try {
                lines.append("k ").append(key).append(' ').append(WriteScript.read(map, key));
            } catch (RuntimeException e) {
                lines.append("f reading key ").append(key).append(" failed: ").append(e);
            }
            lines.append('\n');
        }
        link.line(lines.toString().stripTrailing());
        link.answer("dumped", "");
    }
}
