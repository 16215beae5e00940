package io.kvmesh.testkit.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Options of a command line, each with a value or a flag. Immutable. */
public final class Arguments {
    private final Map<String, List<String>> values;

    private Arguments(Map<String, List<String>> values) {
        this.values = values;
    }

    public static Arguments of(List<String> arguments, List<String> known) {
        return of(arguments, known, List.of());
    }

    /**
     * Takes a command line apart.
     *
     * @param known options that have a value
     * @param flags options that have none
     * @throws UsageException if an option is in neither list, or its value is missing
     */
    public static Arguments of(List<String> arguments, List<String> known, List<String> flags) {
        Map<String, List<String>> values = new TreeMap<>();
        for (int i = 0; i < arguments.size(); i += 2) {
            String name = arguments.get(i);
            if (flags.contains(name)) {
                values.put(name, List.of(""));
                i--;
                continue;
            }
            if (!known.contains(name)) {
                throw new UsageException("unknown argument '" + name + "'");
            }
            if (i + 1 == arguments.size()) {
                throw new UsageException(name + " needs a value");
            }
            values.computeIfAbsent(name, key -> new ArrayList<>()).add(arguments.get(i + 1));
        }
        return new Arguments(values);
    }

    public static int number(String name, String text, int low, int high) {
        try {
            int number = Integer.parseInt(text);
            if (number >= low && number <= high) {
                return number;
            }
        } catch (NumberFormatException e) {
            // The message below says what a number must be, for a word and for a number out of range alike.
        }
        throw new UsageException(name + " '" + text + "' must be a number from " + low + " to " + high);
    }

    public static double decimal(String name, String text, double low, double high) {
        try {
            double number = Double.parseDouble(text);
            if (number >= low && number <= high) {
                return number;
            }
        } catch (NumberFormatException e) {
            // The message below says what a number must be, for a word and for a number out of range alike.
        }
        throw new UsageException(name + " '" + text + "' must be a number from " + low + " to " + high);
    }

    /** Whether the option was given. */
    public boolean has(String name) {
        return values.containsKey(name);
    }

    /** All values of an option that may be repeated. */
    public List<String> all(String name) {
        return List.copyOf(values.getOrDefault(name, List.of()));
    }

    /** The last value of an option. */
    public @Nullable String textOrNull(String name) {
        List<String> given = all(name);
        return given.isEmpty() ? null : given.get(given.size() - 1);
    }

    public String text(String name, String otherwise) {
        String text = textOrNull(name);
        return text == null ? otherwise : text;
    }

    public int number(String name, int otherwise, int low, int high) {
        String text = textOrNull(name);
        return text == null ? otherwise : number(name, text, low, high);
    }

    public @Nullable Path pathOrNull(String name) {
        String text = textOrNull(name);
        return text == null ? null : Path.of(text).toAbsolutePath();
    }

    @Nullable
    Path javaHomeOrNull(String name) {
        Path home = pathOrNull(name);
        if (home != null && !Files.isExecutable(home.resolve("bin").resolve("java"))) {
            throw new UsageException(name + " '" + home + "' has no bin/java");
        }
        return home;
    }
}
