package io.kvmesh.examples.places;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * One line of the conversation between the driver and a member: {@code VERB name=value name=value}. Immutable.
 *
 * <p>Values are URL-encoded, so that they may hold spaces and line breaks.
 */
record Line(String verb, SortedMap<String, String> fields) {
    Line {
        if (!verb.matches("[A-Z]+")) {
            throw new IllegalArgumentException("verb '" + verb + "' must be capital letters only");
        }
        fields = Collections.unmodifiableSortedMap(new TreeMap<>(fields));
    }

    static Line of(String verb) {
        return new Line(verb, new TreeMap<>());
    }

    /** The same line with one more field. */
    Line with(String name, Object value) {
        SortedMap<String, String> more = new TreeMap<>(fields);
        more.put(name, String.valueOf(value));
        return new Line(verb, more);
    }

    static Line parse(String text) {
        String[] words = text.strip().split(" +");
        SortedMap<String, String> fields = new TreeMap<>();
        for (int i = 1; i < words.length; i++) {
            int equals = words[i].indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("'" + words[i] + "' must be name=value in the line: " + text);
            }
            String value = URLDecoder.decode(words[i].substring(equals + 1), StandardCharsets.UTF_8);
            fields.put(words[i].substring(0, equals), value);
        }
        return new Line(words[0], fields);
    }

    String text(String name) {
        String value = fields.get(name);
        if (value == null) {
            throw new IllegalArgumentException("field " + name + " is missing in the line: " + this);
        }
        return value;
    }

    long number(String name) {
        String value = text(name);
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "field " + name + " must be a number but is '" + value + "' in the line: " + this, e);
        }
    }

    @Override
    public String toString() {
        StringJoiner words = new StringJoiner(" ");
        words.add(verb);
        fields.forEach((name, value) -> words.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8)));
        return words.toString();
    }
}
