package io.kvmesh.codec;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** UTF-8 that refuses what it cannot represent, where the methods of String put a question mark. Stateless. */
final class Utf8 {
    private static final char REPLACEMENT = '\uFFFD';

    private Utf8() {}

    /** @throws MalformedBytesException if the text has half of a surrogate pair, which has no code point */
    static byte[] encode(String text) {
        int unpaired = unpairedSurrogate(text);
        if (unpaired >= 0) {
            throw new MalformedBytesException(String.format(
                    "the text has an unpaired surrogate \\u%04x at index %d, which UTF-8 cannot represent",
                    (int) text.charAt(unpaired), unpaired));
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** @throws MalformedBytesException if the bytes are not well-formed UTF-8 */
    static String decode(byte[] bytes, int offset, int length) {
        String text = new String(bytes, offset, length, StandardCharsets.UTF_8);
        // The decoder marks malformed bytes with a character that may also be in the text itself.
        if (text.indexOf(REPLACEMENT) >= 0) {
            byte[] again = text.getBytes(StandardCharsets.UTF_8);
            if (!Arrays.equals(again, 0, again.length, bytes, offset, offset + length)) {
                throw new MalformedBytesException("the bytes of a text are not UTF-8");
            }
        }
        return text;
    }

    private static int unpairedSurrogate(String text) {
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (Character.isSurrogate(unit)) {
                boolean paired = Character.isHighSurrogate(unit)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!paired) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }
}
