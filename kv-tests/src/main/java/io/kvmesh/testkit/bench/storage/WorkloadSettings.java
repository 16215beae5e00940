package io.kvmesh.testkit.bench.storage;

import io.kvmesh.testkit.bench.Words;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * What one process is to do. Immutable. The directory must have no blank in its name, because settings travel as words.
 *
 * @param directory of the entries; a warm-up uses another one beside it
 * @param threads how many threads call, where the workload does not say that itself
 * @param measureMillis for workloads that last for a time
 */
record WorkloadSettings(
        String engine,
        Workload workload,
        Path directory,
        int entries,
        int valueBytes,
        long memtableBytes,
        long seed,
        int threads,
        long warmUpMillis,
        long measureMillis) {

    EngineSettings engineSettings() {
        return new EngineSettings(directory, entries, valueBytes, memtableBytes, workload.syncedWriters() > 0);
    }

    String[] encode() {
        return new String[] {
            "engine=" + engine,
            "workload=" + workload.label(),
            "directory=" + directory,
            "entries=" + entries,
            "value=" + valueBytes,
            "memtable=" + memtableBytes,
            "seed=" + seed,
            "threads=" + threads,
            "warmup=" + warmUpMillis,
            "measure=" + measureMillis
        };
    }

    static WorkloadSettings decode(String[] arguments) {
        Map<String, String> words = Words.parse(String.join(" ", arguments));
        return new WorkloadSettings(
                Words.text(words, "engine"),
                Workload.valueOf(Words.text(words, "workload").toUpperCase(Locale.ROOT)),
                Path.of(Words.text(words, "directory")),
                Words.integer(words, "entries"),
                Words.integer(words, "value"),
                Words.number(words, "memtable"),
                Words.number(words, "seed"),
                Words.integer(words, "threads"),
                Words.number(words, "warmup"),
                Words.number(words, "measure"));
    }
}
