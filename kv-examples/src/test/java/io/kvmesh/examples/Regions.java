package io.kvmesh.examples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds parts of sources that documents show: from a comment that names the region to one that ends it. Stateless. */
public final class Regions {
    private static final Pattern REGION =
            Pattern.compile("(?s)// (readme|docs): (\\w+)\\n(.*?)\\n *// (?:readme|docs): end");

    private Regions() {}

    /** The region of a source, without its indentation. */
    public static String of(Path source, String name) throws IOException {
        Matcher regions = REGION.matcher(Files.readString(source));
        while (regions.find()) {
            if (regions.group(2).equals(name)) {
                List<String> lines = regions.group(3).lines().toList();
                int indent = lines.get(0).length() - lines.get(0).stripLeading().length();
                return String.join(
                        "\n",
                        lines.stream()
                                .map(line -> line.isBlank() ? "" : line.substring(indent))
                                .toList());
            }
        }
        throw new AssertionError("no region " + name + " in " + source);
    }
}
