package io.kvmesh.testkit.mutants;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads a planted bug from its text, whose form docs/mutants.md describes. Confined to one thread. */
final class MutantFile {
    static final String SUFFIX = ".mutant";

    private static final Set<String> HEADERS = Set.of("about", "scenario", "reason", "arguments");
    private static final String QUOTE = "|";

    private final String name;
    private final Map<String, String> headers = new TreeMap<>();
    private final List<Edit> edits = new ArrayList<>();
    private @Nullable String file;
    private @Nullable StringBuilder find;
    private @Nullable StringBuilder replacement;

    private MutantFile(String name) {
        this.name = name;
    }

    /** All planted bugs of a directory, ordered by their names. */
    static List<Mutant> readAll(Path directory) throws IOException {
        List<Path> files;
        try (Stream<Path> entries = Files.list(directory)) {
            files = entries.filter(entry -> entry.toString().endsWith(SUFFIX))
                    .sorted()
                    .toList();
        }
        List<Mutant> mutants = new ArrayList<>();
        for (Path entry : files) {
            String fileName = String.valueOf(entry.getFileName());
            mutants.add(parse(fileName.substring(0, fileName.length() - SUFFIX.length()), Files.readAllLines(entry)));
        }
        return mutants;
    }

    /** @throws MutantException if the text has not the form of a planted bug; the message names the line */
    static Mutant parse(String name, List<String> lines) {
        MutantFile parsed = new MutantFile(name);
        for (int i = 0; i < lines.size(); i++) {
            parsed.take(lines.get(i), i + 1);
        }
        return parsed.toMutant();
    }

    private void take(String line, int number) {
        if (line.startsWith(QUOTE)) {
            StringBuilder text = replacement != null ? replacement : find;
            if (text == null) {
                throw fault(number, "stands neither behind 'find:' nor behind 'replace:'");
            }
            text.append(text.isEmpty() ? "" : "\n").append(line, 1, line.length());
            return;
        }
        if (line.isBlank() || line.startsWith("#")) {
            return;
        }
        int colon = line.indexOf(':');
        String word = colon < 0 ? line : line.substring(0, colon);
        String rest = colon < 0 ? "" : line.substring(colon + 1).strip();
        switch (word) {
            case "file" -> {
                endEdit(number);
                file = rest;
            }
            case "find" -> {
                endEdit(number);
                find = new StringBuilder();
            }
            case "replace" -> {
                if (find == null || replacement != null) {
                    throw fault(number, "must follow a 'find:'");
                }
                replacement = new StringBuilder();
            }
            default -> takeHeader(word, rest, number);
        }
    }

    private void takeHeader(String word, String rest, int number) {
        if (!HEADERS.contains(word) || rest.isEmpty()) {
            throw fault(
                    number,
                    "'" + word + "' must be about, scenario, reason or arguments with a text, or file, find, replace,"
                            + " or a line of text behind '" + QUOTE + "'");
        }
        headers.merge(word, rest, (first, more) -> first + " " + more);
    }

    private void endEdit(int number) {
        StringBuilder found = find;
        StringBuilder replaced = replacement;
        if (found == null) {
            return;
        }
        if (file == null || replaced == null || found.isEmpty()) {
            throw fault(number, "comes before the change above is complete: it needs file, find with a text, replace");
        }
        edits.add(new Edit(file, found.toString(), replaced.toString()));
        find = null;
        replacement = null;
    }

    private Mutant toMutant() {
        endEdit(0);
        String about = headers.getOrDefault("about", "");
        String scenario = headers.getOrDefault("scenario", Mutant.ANY);
        String reason = headers.getOrDefault("reason", "");
        if (about.isEmpty() || edits.isEmpty()) {
            throw new MutantException("planted bug '" + name + "' needs a line 'about:' and at least one change");
        }
        if (!scenario.equals(Mutant.ANY) && reason.isEmpty()) {
            throw new MutantException("planted bug '" + name + "' must give a reason why it needs the scenario "
                    + scenario + " and not the general campaign");
        }
        String arguments = headers.getOrDefault("arguments", "");
        return new Mutant(
                name,
                about,
                scenario,
                reason,
                arguments.isEmpty() ? List.of() : List.of(arguments.split(" +", -1)),
                edits);
    }

    private MutantException fault(int number, String text) {
        String where = number == 0 ? "the end" : "line " + number;
        return new MutantException("planted bug '" + name + "': " + where + " " + text);
    }
}
