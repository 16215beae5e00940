package io.kvmesh.examples.places;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads comma-separated rows, one a line. Not safe for several threads.
 *
 * <p>A field may be quoted, and then hold commas, and quotes written twice. A field never holds a line break.
 */
final class CsvReader {
    private final BufferedReader lines;
    private final int columns;
    private int lineNumber;

    /** Checks that the first line is the expected header. */
    CsvReader(BufferedReader lines, String header) throws IOException {
        this.lines = lines;
        this.columns = header.split(",", -1).length;
        String first = lines.readLine();
        lineNumber = 1;
        if (!header.equals(first)) {
            throw new IOException("line 1: expected the header '" + header + "' but found '" + first + "'");
        }
    }

    /** The fields of the next row, or null after the last one. */
    @Nullable
    List<String> next() throws IOException {
        String line = lines.readLine();
        if (line == null) {
            return null;
        }
        lineNumber++;
        List<String> fields = split(line);
        if (fields.size() != columns) {
            throw fault("expected " + columns + " fields but found " + fields.size() + ": " + line);
        }
        return fields;
    }

    /** An error that names the row which was read last. */
    IOException fault(String what) {
        return new IOException("line " + lineNumber + ": " + what);
    }

    private List<String> split(String line) throws IOException {
        List<String> fields = new ArrayList<>(columns);
        int start = 0;
        while (true) {
            boolean quoted = start < line.length() && line.charAt(start) == '"';
            int end = quoted ? endOfQuoted(line, start) : endOfPlain(line, start);
            fields.add(quoted ? line.substring(start + 1, end - 1).replace("\"\"", "\"") : line.substring(start, end));
            if (end == line.length()) {
                return fields;
            }
            start = end + 1;
        }
    }

    private static int endOfPlain(String line, int start) {
        int comma = line.indexOf(',', start);
        return comma < 0 ? line.length() : comma;
    }

    /** The position behind the closing quote, which must be followed by a comma or the end of the line. */
    private int endOfQuoted(String line, int start) throws IOException {
        int at = start + 1;
        while (at < line.length()) {
            if (line.charAt(at) != '"') {
                at++;
            } else if (at + 1 < line.length() && line.charAt(at + 1) == '"') {
                at += 2;
            } else if (at + 1 == line.length() || line.charAt(at + 1) == ',') {
                return at + 1;
            } else {
                throw fault("a quote inside a quoted field must be written twice: " + line);
            }
        }
        throw fault("a quoted field has no end: " + line);
    }
}
