package io.kvmesh.testkit.history;

import org.jspecify.annotations.Nullable;

/**
 * Values that tell which write of which key they are of, down to their last character: {@code key|number|padding}.
 * Stateless.
 */
public final class TaggedValue {
    private static final char SEPARATOR = '|';
    private static final int PRIME = 31;
    private static final int LETTERS = 26;

    private TaggedValue() {}

    /** The value of a write. It has about this length, and is never shorter than key and number. */
    public static String of(String key, int number, int length) {
        StringBuilder value = new StringBuilder(Math.max(length, key.length() + 12));
        value.append(key).append(SEPARATOR).append(number).append(SEPARATOR);
        while (value.length() < length) {
            value.append((char) ('a' + Math.floorMod(number * PRIME + value.length(), LETTERS)));
        }
        return value.toString();
    }

    /** The number of the write, or -1 if no write of this key ever wrote such a value. */
    static int numberIn(String key, String value) {
        int end = value.indexOf(SEPARATOR, key.length() + 1);
        if (!value.startsWith(key + SEPARATOR) || end < 0) {
            return -1;
        }
        try {
            int number = Integer.parseInt(value, key.length() + 1, end, 10);
            return of(key, number, value.length()).equals(value) ? number : -1;
        } catch (NumberFormatException e) {
            // Damaged in its number: what is told of it is that it is no value of this key.
            return -1;
        }
    }

    /** Key and number, without the padding. */
    static String describe(@Nullable String value) {
        if (value == null) {
            return "no value";
        }
        int first = value.indexOf(SEPARATOR);
        int second = value.indexOf(SEPARATOR, first + 1);
        return second < 0 ? "'" + value + "'" : "'" + value.substring(0, second) + "'";
    }
}
