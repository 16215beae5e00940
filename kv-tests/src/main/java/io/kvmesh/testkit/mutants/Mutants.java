package io.kvmesh.testkit.mutants;

import io.kvmesh.testkit.bench.UsageException;
import io.kvmesh.testkit.mutants.CampaignRun.Failure;
import io.kvmesh.testkit.mutants.Hunt.Verdict;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;

/** The program that plants known bugs and shows that campaigns catch them. Stateless. */
public final class Mutants {
    static final int EXIT_SURVIVED = 1;
    static final int EXIT_USAGE = 2;

    /** The directory, inside that of the planted bugs, of those that campaigns do not catch yet. */
    static final String UNSEEN = "unseen";

    private Mutants() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        System.exit(run(List.of(arguments), System.out, System.err));
    }

    /** Does what the arguments ask for. Returns the exit status: 0 if every planted bug was caught. */
    static int run(List<String> arguments, PrintStream out, PrintStream err) throws IOException, InterruptedException {
        if (arguments.contains("--help")) {
            out.print(MutantsOptions.usage());
            return 0;
        }
        try {
            MutantsOptions options = MutantsOptions.parse(arguments);
            List<Mutant> chosen = choose(MutantFile.readAll(directoryOf(options)), options.names());
            if (options.list()) {
                chosen.forEach(mutant -> list(mutant, out));
                return 0;
            }
            for (Mutant mutant : chosen) {
                // All before the first hunt, which takes long: a source that moved on is told at once.
                PatchedClasses.patch(mutant, options.root());
            }
            requireClean(chosen, options);
            return hunt(chosen, options, out);
        } catch (UsageException e) {
            err.println("mutants: " + e.getMessage());
            err.print(MutantsOptions.usage());
            return EXIT_USAGE;
        } catch (MutantException e) {
            err.println("mutants: " + e.getMessage());
            return EXIT_SURVIVED;
        }
    }

    /** Where a checkout keeps its planted bugs. */
    static Path directory(Path root) {
        return root.resolve("kv-tests").resolve("mutants");
    }

    private static Path directoryOf(MutantsOptions options) {
        Path planted = directory(options.root());
        return options.unseen() ? planted.resolve(UNSEEN) : planted;
    }

    private static List<Mutant> choose(List<Mutant> all, List<String> names) {
        List<String> known = all.stream().map(Mutant::name).toList();
        for (String name : names) {
            if (!known.contains(name)) {
                throw new UsageException("'" + name + "' is no planted bug; there are " + String.join(", ", known));
            }
        }
        return all.stream()
                .filter(mutant -> names.isEmpty() || names.contains(mutant.name()))
                .toList();
    }

    private static void list(Mutant mutant, PrintStream out) {
        out.println(mutant.name() + (mutant.isInEnvironment() ? " (in the environment)" : ""));
        out.println("    " + mutant.about());
        if (!mutant.scenario().equals(Mutant.ANY)) {
            out.println("    scenario " + mutant.scenario() + ": " + mutant.reason());
        }
    }

    /** What already fails without a planted bug says nothing about one. */
    private static void requireClean(List<Mutant> mutants, MutantsOptions options) {
        List<CampaignRun> campaigns = mutants.stream()
                .map(mutant -> new CampaignRun(null, mutant.scenario(), mutant.arguments(), options.minutes()))
                .distinct()
                .toList();
        for (CampaignRun campaign : campaigns) {
            if (options.cleanSeeds() == 0) {
                return;
            }
            Failure failure = campaign.run(0, options.cleanSeeds()).failure();
            if (failure != null) {
                throw new MutantException("the product as it is fails already, which must be mended first: seed "
                        + failure.seed() + " of scenario " + failure.scenario() + ", " + failure.checker() + "\n"
                        + failure.text());
            }
        }
    }

    private static int hunt(List<Mutant> mutants, MutantsOptions options, PrintStream out) throws InterruptedException {
        ExecutorService workers = Executors.newFixedThreadPool(options.atOnce());
        List<Verdict> verdicts = new ArrayList<>();
        try {
            List<Future<Verdict>> hunts = mutants.stream()
                    .map(mutant -> workers.submit(() -> hunt(mutant, options, out)))
                    .toList();
            for (Future<Verdict> hunt : hunts) {
                verdicts.add(hunt.get());
            }
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw cause instanceof MutantException known ? known : new MutantException("a hunt broke off: " + cause, e);
        } finally {
            workers.shutdownNow();
        }
        List<Verdict> caught = verdicts.stream().filter(Verdict::isCaught).toList();
        String survivors = verdicts.stream()
                .filter(verdict -> !verdict.isCaught())
                .map(verdict -> verdict.mutant().name())
                .collect(Collectors.joining(","));
        out.println("RESULT mutants=" + verdicts.size() + " caught=" + caught.size() + " seeds_max="
                + caught.stream().mapToLong(Verdict::seeds).max().orElse(0)
                + " survivors=" + (survivors.isEmpty() ? "none" : survivors));
        return survivors.isEmpty() ? 0 : EXIT_SURVIVED;
    }

    private static Verdict hunt(Mutant mutant, MutantsOptions options, PrintStream out) throws IOException {
        Verdict verdict = new Hunt(mutant, options).run();
        out.println(verdict.text());
        return verdict;
    }
}
