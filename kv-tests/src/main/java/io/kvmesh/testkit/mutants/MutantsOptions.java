package io.kvmesh.testkit.mutants;

import io.kvmesh.testkit.bench.Arguments;
import io.kvmesh.testkit.bench.UsageException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What is to be tried. Immutable.
 *
 * @param names the planted bugs; empty for all
 * @param seeds within how many a bug must be caught
 * @param cleanSeeds how many the product as it is must pass before
 * @param minutes how long one campaign may take
 * @param atOnce how many campaigns run at once
 * @param list whether they are only listed
 * @param unseen whether the bugs are those that campaigns do not catch yet
 */
record MutantsOptions(
        List<String> names,
        Path root,
        int seeds,
        int cleanSeeds,
        int minutes,
        int atOnce,
        boolean list,
        boolean unseen) {
    static final int SEEDS_DEFAULT = 500;
    static final int CLEAN_SEEDS_DEFAULT = 10;
    static final int MINUTES_DEFAULT = 30;
    static final int AT_ONCE_MAX = 2;

    private static final int SEEDS_MAX = 1_000_000;
    private static final int MINUTES_MAX = 600;
    private static final List<String> KNOWN = List.of("--seeds", "--clean-seeds", "--minutes", "--at-once", "--root");
    private static final List<String> FLAGS = List.of("--list", "--unseen");

    static String usage() {
        return """
            usage: mutants [NAME...] [options]
              NAME              a planted bug of kv-tests/mutants; all of them if none is named
              --list            only tell which there are
              --unseen          those of kv-tests/mutants/unseen, which campaigns do not catch yet
              --seeds N         within how many seeds each must be caught (%d)
              --clean-seeds N   how many seeds the product as it is must pass before (%d)
              --minutes M       how long the campaign of one bug may take (%d)
              --at-once T       how many campaigns run at once, at most %d (%d)
              --root DIR        the root of the repository (the working directory)
            """.formatted(SEEDS_DEFAULT, CLEAN_SEEDS_DEFAULT, MINUTES_DEFAULT, AT_ONCE_MAX, AT_ONCE_MAX);
    }

    static MutantsOptions parse(List<String> arguments) {
        List<String> names = new ArrayList<>();
        List<String> options = new ArrayList<>();
        for (int i = 0; i < arguments.size(); i++) {
            String argument = arguments.get(i);
            if (!argument.startsWith("-")) {
                names.add(argument);
                continue;
            }
            options.add(argument);
            if (KNOWN.contains(argument) && i + 1 < arguments.size()) {
                i++;
                options.add(arguments.get(i));
            }
        }
        Arguments given = Arguments.of(options, KNOWN, FLAGS);
        Path root = Path.of(given.text("--root", "")).toAbsolutePath().normalize();
        if (!Files.isDirectory(Mutants.directory(root))) {
            throw new UsageException("--root '" + root + "' must be the root of a checkout with the sources and with "
                    + Mutants.directory(root));
        }
        return new MutantsOptions(
                List.copyOf(names),
                root,
                given.number("--seeds", SEEDS_DEFAULT, 1, SEEDS_MAX),
                given.number("--clean-seeds", CLEAN_SEEDS_DEFAULT, 0, SEEDS_MAX),
                given.number("--minutes", MINUTES_DEFAULT, 1, MINUTES_MAX),
                given.number("--at-once", AT_ONCE_MAX, 1, AT_ONCE_MAX),
                given.has("--list"),
                given.has("--unseen"));
    }
}
