package io.kvmesh.testkit.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The child's end of {@link ChildJvm}: commands come in, answers go out, a line each. Safe for any thread, but one
 * thread at a time reads commands.
 */
public final class ChildLink {
    private final BufferedReader commands =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    private final PrintStream out = System.out;

    /** The next command, or null when the parent is gone or wants no more. */
    public @Nullable String nextCommand() throws IOException {
        return commands.readLine();
    }

    /** Gives an answer: the kind, then whatever belongs to it. */
    public void answer(String kind, String content) {
        line(ChildJvm.ANSWER + kind + (content.isEmpty() ? "" : " " + content));
    }

    /** Writes a line that has reached the operating system when this call returns. */
    public void line(String text) {
        byte[] bytes = (text + "\n").getBytes(StandardCharsets.UTF_8);
        out.write(bytes, 0, bytes.length);
        out.flush();
    }
}
