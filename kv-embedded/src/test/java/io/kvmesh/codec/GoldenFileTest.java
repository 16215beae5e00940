package io.kvmesh.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * The bytes of the first version of all codecs, as they were stored then, are still read and written. To add samples,
 * run this test with {@code -Dcodecs.golden.write=true} and read the difference: lines may be added, never changed.
 */
class GoldenFileTest {
    private static final String FILE = "/io/kvmesh/codec/codecs-1.txt";

    private final Codecs codecs = new Codecs(GoldenValues.REGISTERED);

    @Test
    void storedBytesAreReadAndWrittenAsBefore() throws IOException {
        List<String> lines = currentLines();
        if (Boolean.getBoolean("codecs.golden.write")) {
            Files.write(Path.of("src/test/resources" + FILE), lines);
        }
        List<String> stored;
        try (InputStream in = Objects.requireNonNull(GoldenFileTest.class.getResourceAsStream(FILE))) {
            stored = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        }
        assertThat(lines).isEqualTo(stored);
        decodeAll(stored);
    }

    private void decodeAll(List<String> stored) {
        int line = 0;
        for (Object key : GoldenValues.keys()) {
            Object read = GoldenValues.keyCodecFor(codecs, key).decode(bytesIn(stored.get(line++)));
            assertThat(read).isEqualTo(key);
        }
        for (List<Object> values : List.of(GoldenValues.scalars(), GoldenValues.objects())) {
            for (Object value : values) {
                Object read = GoldenValues.codecFor(codecs, value).decode(bytesIn(stored.get(line++)));
                assertThat(read).isEqualTo(value);
            }
        }
        assertThat(line).isEqualTo(stored.size());
    }

    private List<String> currentLines() {
        List<String> lines = new java.util.ArrayList<>();
        for (Object key : GoldenValues.keys()) {
            KeyCodec<Object> codec = GoldenValues.keyCodecFor(codecs, key);
            lines.add("key " + codec.name() + " " + HexFormat.of().formatHex(codec.encode(key)));
        }
        for (List<Object> values : List.of(GoldenValues.scalars(), GoldenValues.objects())) {
            for (Object value : values) {
                ValueCodec<Object> codec = GoldenValues.codecFor(codecs, value);
                lines.add("value " + codec.name() + " " + HexFormat.of().formatHex(codec.encode(value)));
            }
        }
        return lines;
    }

    private static byte[] bytesIn(String line) {
        return HexFormat.of().parseHex(line.substring(line.lastIndexOf(' ') + 1));
    }
}
