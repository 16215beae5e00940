package io.kvmesh.testkit.bench.storage;

import io.kvmesh.testkit.bench.ChildLink;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** The process that performs one workload on one engine, and ends when its parent does. Confined to its main thread. */
final class StorageChild {
    static final String RESULT = "result";
    static final String FAILED = "failed";
    static final String WRITTEN = "written";
    /** In the place of a workload's settings only: write what is to be recovered and wait to be killed. */
    static final String PREPARE = "prepare";

    private static final int EXIT_FAILED = 1;
    private static final String SEPARATOR = " | ";

    private StorageChild() {}

    public static void main(String[] arguments) {
        ChildLink link = new ChildLink();
        endWithTheParent(link);
        try {
            WorkloadSettings settings = WorkloadSettings.decode(arguments);
            EngineProvider provider = find(settings.engine())
                    .orElseThrow(() -> new IllegalStateException("there is no engine '" + settings.engine() + "'"));
            if (List.of(arguments).contains(PREPARE)) {
                prepare(new RecoveryRun(provider, settings), link);
            } else {
                List<RunResult> results = new WorkloadRun(provider, settings, System.out).run();
                link.answer(RESULT, encode(results));
            }
            System.exit(0);
        } catch (Throwable e) {
            e.printStackTrace();
            link.answer(FAILED, String.valueOf(e.getMessage() == null ? e : e.getMessage()));
            System.exit(EXIT_FAILED);
        }
    }

    private static void prepare(RecoveryRun run, ChildLink link) throws InterruptedException {
        BenchEngine engine = run.prepare();
        link.answer(WRITTEN, "");
        // Nothing is closed: the parent kills this process now.
        Thread.currentThread().join();
        engine.close();
    }

    private static void endWithTheParent(ChildLink link) {
        Thread watcher = new Thread(
                () -> {
                    try {
                        while (link.nextCommand() != null) {
                            // No command means anything; only their end does.
                        }
                    } catch (IOException e) {
                        link.answer(FAILED, "the link to the parent broke: " + e.getMessage());
                    }
                    Runtime.getRuntime().halt(EXIT_FAILED);
                },
                "watcher");
        watcher.setDaemon(true);
        watcher.start();
    }

    private static Optional<EngineProvider> find(String name) {
        return Engines.available().stream()
                .filter(provider -> provider.name().equals(name))
                .findFirst();
    }

    private static String encode(List<RunResult> results) {
        return String.join(SEPARATOR, results.stream().map(RunResult::encode).toList());
    }

    static List<RunResult> decode(String answer) {
        return List.of(answer.split(java.util.regex.Pattern.quote(SEPARATOR), -1)).stream()
                .map(RunResult::decode)
                .toList();
    }
}
