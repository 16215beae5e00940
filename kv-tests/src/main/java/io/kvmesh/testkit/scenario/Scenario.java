package io.kvmesh.testkit.scenario;

import io.kvmesh.testkit.bench.Arguments;
import io.kvmesh.testkit.bench.UsageException;
import java.io.PrintStream;
import java.util.List;
import java.util.stream.Collectors;

/** The command line that plays a failure with real processes, and tells what happens. Stateless. */
public final class Scenario {
    private static final String ALL = "all";
    private static final int RECORDS_DEFAULT = 10_000;
    private static final int RECORDS_MIN = 100;
    private static final int RECORDS_MAX = 1_000_000;
    private static final String USAGE = """
            usage: scenario NAME [--records N]
              Starts members in separate JVMs on this machine, does them the harm of the name, tells what happens line
              by line, and sums up. The exit status is 1 if something was not as it should be.
              --records N   how many records of 1000 bytes there are, from 100 to 1000000 (default 10000)
              NAME is all or one of
            """
            + List.of(Story.values()).stream()
                    .map(story -> String.format("    %-18s%s%n", story.label(), story.title()))
                    .collect(Collectors.joining());

    private Scenario() {}

    public static void main(String[] arguments) {
        System.exit(run(List.of(arguments), System.out, System.err));
    }

    static int run(List<String> arguments, PrintStream out, PrintStream errors) {
        return Programs.run("scenario", USAGE, arguments, out, errors, Scenario::play);
    }

    private static boolean play(List<String> arguments, PrintStream out) {
        if (arguments.isEmpty() || arguments.get(0).startsWith("--")) {
            throw new UsageException("the name of a scenario is missing");
        }
        List<Story> stories = stories(arguments.get(0));
        int records = Arguments.of(arguments.subList(1, arguments.size()), List.of("--records"))
                .number("--records", RECORDS_DEFAULT, RECORDS_MIN, RECORDS_MAX);
        boolean well = true;
        for (Story story : stories) {
            well &= play(story, records, out);
        }
        return well;
    }

    private static List<Story> stories(String name) {
        return name.equals(ALL)
                ? List.of(Story.values())
                : List.of(Story.of(name).orElseThrow(() -> new UsageException("there is no scenario '" + name + "'")));
    }

    private static boolean play(Story story, int records, PrintStream out) {
        Narrator narrator = new Narrator(out);
        narrator.title(story.title());
        try (ScenarioMesh mesh = new ScenarioMesh(story.places())) {
            story.play(mesh, narrator, records);
        }
        return narrator.summary(story.label());
    }
}
