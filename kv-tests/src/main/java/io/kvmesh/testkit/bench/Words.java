package io.kvmesh.testkit.bench;

import java.util.Map;
import java.util.TreeMap;

/** Reads lines of words {@code name=value}, which is how parent and child processes talk. Stateless. */
public final class Words {
    private Words() {}

    public static Map<String, String> parse(String line) {
        Map<String, String> words = new TreeMap<>();
        for (String word : line.trim().split(" +", -1)) {
            int equals = word.indexOf('=');
            if (equals > 0) {
                words.put(word.substring(0, equals), word.substring(equals + 1));
            }
        }
        return words;
    }

    public static String text(Map<String, String> words, String name) {
        String value = words.get(name);
        if (value == null) {
            throw new IllegalArgumentException("'" + name + "' is missing in " + words.keySet());
        }
        return value;
    }

    public static long number(Map<String, String> words, String name) {
        return Long.parseLong(text(words, name));
    }

    public static int integer(Map<String, String> words, String name) {
        return Integer.parseInt(text(words, name));
    }
}
