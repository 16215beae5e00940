package io.kvmesh.testkit.mutants;

import io.kvmesh.testkit.mutants.CampaignRun.Failure;
import io.kvmesh.testkit.mutants.CampaignRun.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Plants one bug and lets a campaign look for it. Confined to one thread.
 *
 * <p>A failing seed is a catch only if the product without the bug passes the same seed: else it would be credited with
 * whatever else is wrong.
 */
final class Hunt {
    private static final double NANOS_PER_SECOND = 1e9;

    private final Mutant mutant;
    private final MutantsOptions options;

    Hunt(Mutant mutant, MutantsOptions options) {
        this.mutant = mutant;
        this.options = options;
    }

    /**
     * What came of it.
     *
     * @param seeds how many were run, up to the one that caught the bug if one did
     * @param failure how the bug was caught; null if it survived
     */
    record Verdict(Mutant mutant, long seeds, @Nullable Failure failure, double seconds) {
        boolean isCaught() {
            return failure != null;
        }

        /** One line, and for a bug that was caught what the checker said. */
        String text() {
            String took = String.format(Locale.ROOT, "%.0f", seconds);
            if (failure == null) {
                return "SURVIVED " + mutant.name() + " seeds=" + seeds + " seconds=" + took;
            }
            return "CAUGHT " + mutant.name() + " seeds=" + seeds + " seed=" + failure.seed() + " scenario="
                    + failure.scenario() + " checker=" + failure.checker() + " seconds=" + took + "\n"
                    + failure.text();
        }
    }

    /** @throws MutantException if the bug cannot be planted, or the campaign breaks off */
    Verdict run() throws IOException {
        long startNanos = System.nanoTime();
        Path classes = Files.createTempDirectory("kvmesh-mutant-");
        try {
            PatchedClasses.compile(mutant, options.root(), classes);
            CampaignRun planted = campaign(classes);
            CampaignRun asItIs = campaign(null);
            long from = 0;
            Failure caught = null;
            while (caught == null && from < options.seeds()) {
                Outcome outcome = planted.run(from, Math.toIntExact(options.seeds() - from));
                Failure failure = outcome.failure();
                if (failure == null) {
                    from += outcome.seeds();
                    break;
                }
                from = failure.seed() + 1;
                caught = asItIs.run(failure.seed(), 1).failure() == null ? failure : null;
            }
            return new Verdict(mutant, from, caught, (System.nanoTime() - startNanos) / NANOS_PER_SECOND);
        } finally {
            delete(classes);
        }
    }

    private CampaignRun campaign(@Nullable Path classes) {
        return new CampaignRun(classes, mutant.scenario(), mutant.arguments(), options.minutes());
    }

    private static void delete(Path directory) throws IOException {
        List<Path> entries;
        try (Stream<Path> walked = Files.walk(directory)) {
            entries = walked.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path entry : entries) {
            Files.delete(entry);
        }
    }
}
