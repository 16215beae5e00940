package io.kvmesh.examples.places;

import java.nio.file.Path;
import java.util.List;

/**
 * What the driver tells a member on its command line. Immutable.
 *
 * @param seeds where the members listen, {@code host:port} each
 * @param members how many members the mesh has
 * @param records how many places of the file are used
 * @param threads how many threads call the map at once
 */
record MemberSettings(Path directory, int port, List<String> seeds, int members, int records, int threads) {
    private static final String VERB = "MEMBER";

    Line toLine() {
        return Line.of(VERB)
                .with("directory", directory)
                .with("port", port)
                .with("seeds", String.join(",", seeds))
                .with("members", members)
                .with("records", records)
                .with("threads", threads);
    }

    static MemberSettings parse(String text) {
        Line line = Line.parse(text);
        if (!line.verb().equals(VERB)) {
            throw new IllegalArgumentException("settings must begin with " + VERB + ": " + text);
        }
        return new MemberSettings(
                Path.of(line.text("directory")),
                Math.toIntExact(line.number("port")),
                List.of(line.text("seeds").split(",")),
                Math.toIntExact(line.number("members")),
                Math.toIntExact(line.number("records")),
                Math.toIntExact(line.number("threads")));
    }
}
