package io.kvmesh.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.NodeId;
import io.kvmesh.transport.HelloFrames.Greeting;
import io.kvmesh.transport.HelloFrames.Rejection;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * The stored frames of version 1 are written and read as on the day they were stored. A difference means that members
 * of two releases no longer understand each other: change the version, never the file.
 */
final class GoldenFramesTest {
    private static final long CORRELATION = 0x0102030405060708L;
    private static final long DEADLINE_MICROS = 1_700_000_000_123_456L;
    private static final Greeting GREETING = new Greeting(
            new Hello("golden mésh", 256, new PeerId(new NodeId(0xFEDCBA9876543210L), 42), 1, 3),
            new PeerAddress("192.168.0.17", 65_535));
    private static final Rejection REJECTION =
            new Rejection(new PeerAddress("::1", 7800), "cluster name 'a' is not 'b'");

    private static Map<String, byte[]> expected() {
        byte[] payload = "payload".getBytes(StandardCharsets.UTF_8);
        Map<String, byte[]> frames = new LinkedHashMap<>();
        frames.put("hello", HelloFrames.greeting(Verb.HELLO, 7, GREETING).toBytes());
        frames.put(
                "hello-ack", HelloFrames.greeting(Verb.HELLO_ACK, 7, GREETING).toBytes());
        frames.put("hello-reject", HelloFrames.rejection(7, REJECTION).toBytes());
        frames.put(
                "echo-request",
                frame(FrameHeader.KIND_REQUEST).putBytes(payload).toBytes());
        frames.put("echo-reply", frame(FrameHeader.KIND_REPLY).putBytes(payload).toBytes());
        frames.put("echo-overloaded", frame(FrameHeader.KIND_OVERLOADED).toBytes());
        frames.put(
                "echo-one-way",
                frame(FrameHeader.KIND_ONE_WAY).putBytes(payload).toBytes());
        frames.put("echo-no-session", frame(FrameHeader.KIND_NO_SESSION).toBytes());
        frames.put(
                "echo-passed-on",
                FrameHeader.startPassedOn(Verb.ECHO, GREETING.hello().peer(), CORRELATION, DEADLINE_MICROS, 7)
                        .putBytes(payload)
                        .toBytes());
        frames.put(
                "echo-answer-back",
                answer(FrameHeader.KIND_ANSWER_BACK).putBytes(payload).toBytes());
        frames.put(
                "echo-answer-passed-on",
                answer(FrameHeader.KIND_ANSWER_PASSED_ON).putBytes(payload).toBytes());
        return frames;
    }

    private static ByteWriter answer(int kind) {
        return FrameHeader.startAnswer(
                kind, Verb.ECHO, FrameHeader.KIND_REPLY, GREETING.hello().peer(), CORRELATION, DEADLINE_MICROS, 7);
    }

    private static ByteWriter frame(int kind) {
        return FrameHeader.start(Verb.ECHO, kind, CORRELATION, DEADLINE_MICROS, 7);
    }

    @Test
    void framesAreWrittenAsStored() throws IOException {
        assertThat(hex(expected())).isEqualTo(hex(stored()));
    }

    @Test
    void storedFramesAreRead() throws IOException {
        Map<String, byte[]> stored = stored();
        for (String name : new String[] {"hello", "hello-ack"}) {
            byte[] frame = get(stored, name);
            assertThat(HelloFrames.readGreeting(payload(frame))).isEqualTo(GREETING);
            assertThat(FrameHeader.correlation(frame, 0)).isEqualTo(7);
            assertThat(FrameHeader.deadlineMicros(frame, 0)).isEqualTo(FrameHeader.NO_DEADLINE);
        }
        assertThat(HelloFrames.readRejection(payload(get(stored, "hello-reject"))))
                .isEqualTo(REJECTION);
        byte[] request = get(stored, "echo-request");
        assertThat(FrameHeader.version(request, 0)).isEqualTo(1);
        assertThat(FrameHeader.verbCode(request, 0)).isEqualTo(Verb.ECHO.code());
        assertThat(FrameHeader.kind(request, 0)).isEqualTo(FrameHeader.KIND_REQUEST);
        assertThat(FrameHeader.correlation(request, 0)).isEqualTo(CORRELATION);
        assertThat(FrameHeader.deadlineMicros(request, 0)).isEqualTo(DEADLINE_MICROS);
        assertThat(payload(request).readBytes(7)).asString().isEqualTo("payload");
        byte[] passedOn = get(stored, "echo-passed-on");
        assertThat(FrameHeader.kind(passedOn, 0)).isEqualTo(FrameHeader.KIND_PASSED_ON);
        ByteReader left = payload(passedOn);
        assertThat(FrameHeader.readPeer(left)).isEqualTo(GREETING.hello().peer());
        assertThat(left.readBytes(7)).asString().isEqualTo("payload");
        for (int kind : new int[] {FrameHeader.KIND_ANSWER_BACK, FrameHeader.KIND_ANSWER_PASSED_ON}) {
            byte[] answer =
                    get(stored, kind == FrameHeader.KIND_ANSWER_BACK ? "echo-answer-back" : "echo-answer-passed-on");
            assertThat(FrameHeader.kind(answer, 0)).isEqualTo(kind);
            ByteReader rest = payload(answer);
            assertThat(FrameHeader.readAnswerKind(rest)).isEqualTo(FrameHeader.KIND_REPLY);
            assertThat(FrameHeader.readPeer(rest)).isEqualTo(GREETING.hello().peer());
            assertThat(rest.readBytes(7)).asString().isEqualTo("payload");
        }
    }

    @Test
    void aHelloWithFieldsOfALaterReleaseIsRead() throws IOException {
        byte[] frame = get(stored(), "hello");
        byte[] longer = java.util.Arrays.copyOf(frame, frame.length + 20);
        assertThat(HelloFrames.readGreeting(payload(longer))).isEqualTo(GREETING);
    }

    private static byte[] get(Map<String, byte[]> frames, String name) {
        return Objects.requireNonNull(frames.get(name), name);
    }

    private static ByteReader payload(byte[] frame) {
        return new ByteReader(frame, FrameHeader.BYTES, frame.length - FrameHeader.BYTES);
    }

    private static Map<String, byte[]> stored() throws IOException {
        Map<String, byte[]> frames = new LinkedHashMap<>();
        try (InputStream in = Objects.requireNonNull(GoldenFramesTest.class.getResourceAsStream("frames-v1.txt"))) {
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#") && !line.isBlank())
                    .forEach(line -> {
                        int space = line.indexOf(' ');
                        frames.put(line.substring(0, space), HexFormat.of().parseHex(line.substring(space + 1)));
                    });
        }
        return frames;
    }

    private static String hex(Map<String, byte[]> frames) {
        StringBuilder text = new StringBuilder();
        frames.forEach((name, frame) -> text.append(name)
                .append(' ')
                .append(HexFormat.of().formatHex(frame))
                .append('\n'));
        return text.toString();
    }
}
