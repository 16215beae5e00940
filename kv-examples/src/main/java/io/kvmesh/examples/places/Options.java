package io.kvmesh.examples.places;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** What the user asks of the job. Immutable. */
record Options(int members, int records, int threads, Optional<Path> keep, boolean help) {
    static final String USAGE = """
            Usage: mvn -q compile exec:java [-Dexec.args="OPTIONS"]
              --members N   how many members the mesh has, 3 to 9 (default 3)
              --records N   how many places of the file to use, 1 to 135233 (default all)
              --threads N   how many threads call the map at once in each member, 1 to 256 (default 16)
              --keep DIR    put data and logs into this empty or new directory, and keep it
              --help        print this and stop""";

    private static final Options DEFAULTS = new Options(3, PlacesFile.RECORDS, 16, Optional.empty(), false);

    /**
     * Reads the command line.
     *
     * @throws IllegalArgumentException with one line that names the argument and the rule
     */
    static Options parse(List<String> arguments) {
        Options options = DEFAULTS;
        Iterator<String> rest = arguments.iterator();
        while (rest.hasNext()) {
            String name = rest.next();
            if (name.equals("--help")) {
                options = new Options(options.members, options.records, options.threads, options.keep, true);
            } else {
                requireKnown(name);
                if (!rest.hasNext()) {
                    throw new IllegalArgumentException(name + " needs a value");
                }
                options = options.with(name, rest.next());
            }
        }
        return options;
    }

    private static void requireKnown(String name) {
        if (!List.of("--members", "--records", "--threads", "--keep").contains(name)) {
            throw new IllegalArgumentException("unknown argument '" + name + "'");
        }
    }

    private Options with(String name, String value) {
        return switch (name) {
            case "--members" -> new Options(number(name, value, 3, 9), records, threads, keep, help);
            case "--records" -> new Options(members, number(name, value, 1, PlacesFile.RECORDS), threads, keep, help);
            case "--threads" -> new Options(members, records, number(name, value, 1, 256), keep, help);
            default ->
                new Options(
                        members, records, threads, Optional.of(Path.of(value).toAbsolutePath()), help);
        };
    }

    private static int number(String name, String value, int low, int high) {
        String rule = name + " must be a number from " + low + " to " + high + " but is '" + value + "'";
        int number;
        try {
            number = Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(rule, e);
        }
        if (number < low || number > high) {
            throw new IllegalArgumentException(rule);
        }
        return number;
    }
}
