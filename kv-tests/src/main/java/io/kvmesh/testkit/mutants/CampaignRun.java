package io.kvmesh.testkit.mutants;

import io.kvmesh.testkit.bench.ChildJvm;
import io.kvmesh.testkit.bench.Words;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One campaign in a child process, up to its first failing seed. Safe for any thread; each run is one call.
 *
 * @param classesFirst classes that take the place of those of the class path; null for none
 * @param minutes after how long it ends, however many seeds were run
 */
record CampaignRun(@Nullable Path classesFirst, String scenario, List<String> arguments, int minutes) {
    private static final Duration GRACE = Duration.ofMinutes(2);
    private static final int LINES_MAX = 200;
    private static final String PROGRESS = "seeds=";
    private static final int EXIT_CLEAN = 0;
    private static final int EXIT_VIOLATION = 1;

    /**
     * What a campaign found.
     *
     * @param seeds how many it ran
     * @param failure the first seed that failed; null if none did
     */
    record Outcome(long seeds, @Nullable Failure failure) {}

    /** @param text what the campaign said of it, a few lines */
    record Failure(long seed, String scenario, String checker, String text) {}

    /** @throws MutantException if the campaign breaks off */
    Outcome run(long from, int seeds) {
        List<String> lines = new ArrayList<>();
        ChildJvm.Builder builder = ChildJvm.of("campaign", CampaignChild.class)
                .jvmArguments("-Xmx512m", "-Xss1m", "-XX:+UseSerialGC", "-XX:CICompilerCount=2")
                .arguments("--from", Long.toString(from), "--seeds", Integer.toString(seeds))
                // One at a time: the first seed that fails is then the same in every run.
                .arguments("--threads", "1", "--failures-max", "1", "--minutes", Integer.toString(minutes))
                .arguments("--scenario", scenario)
                .arguments(arguments.toArray(String[]::new))
                .onOtherLine(line -> {
                    synchronized (lines) {
                        if (lines.size() < LINES_MAX && !line.startsWith(PROGRESS)) {
                            lines.add(line);
                        }
                    }
                });
        if (classesFirst != null) {
            builder.classesFirst(classesFirst);
        }
        try (ChildJvm child = builder.start()) {
            int status = child.awaitExit(Duration.ofMinutes(minutes).plus(GRACE));
            synchronized (lines) {
                if (status != EXIT_CLEAN && status != EXIT_VIOLATION) {
                    throw new MutantException("a campaign ended with status " + status + ":\n"
                            + String.join("\n", lines) + child.describeOutput());
                }
                return parse(lines);
            }
        } catch (IllegalStateException e) {
            throw new MutantException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Takes the outcome from what a campaign prints. */
    static Outcome parse(List<String> lines) {
        Failure failure = null;
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (failure == null && line.startsWith("VIOLATION ")) {
                Map<String, String> words = Words.parse(line);
                List<String> told = lines.subList(i + 1, lines.size()).stream()
                        .takeWhile(more -> more.startsWith(" "))
                        .toList();
                failure = new Failure(
                        Words.number(words, "seed"),
                        words.getOrDefault("scenario", "?"),
                        words.getOrDefault("checker", "?"),
                        String.join("\n", told));
            } else if (line.startsWith("RESULT ")) {
                return new Outcome(Words.number(Words.parse(line), "seeds"), failure);
            }
        }
        throw new MutantException("a campaign ended without a result:\n" + String.join("\n", lines));
    }
}
