package io.kvmesh.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.kvmesh.api.CodecException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Bytes that nobody encoded give a CodecException, or some value; nothing else, and no huge allocation. */
class HostileBytesTest {
    private static final long SEED = 20_261_101L;
    private static final int INPUTS = 20_000;

    private final Codecs codecs = new Codecs(GoldenValues.REGISTERED);

    @Test
    void damagedAndRandomObjectsAreRefusedOrReadAsOthers() {
        Random random = new Random(SEED);
        List<Object> samples = new ArrayList<>(GoldenValues.objects());
        int refused = 0;
        for (int i = 0; i < INPUTS; i++) {
            Object sample = samples.get(random.nextInt(samples.size()));
            ValueCodec<Object> codec = GoldenValues.codecFor(codecs, sample);
            byte[] bytes = i % 4 == 0 ? randomBody(random) : damage(codec.encode(sample), random);
            refused += isRefused(codec, bytes, i) ? 1 : 0;
        }
        assertThat(refused).isBetween(INPUTS / 2, INPUTS - 100);
    }

    @Test
    void damagedScalarsAreRefusedOrReadAsOthers() {
        Random random = new Random(SEED);
        List<Object> samples = GoldenValues.scalars();
        int refused = 0;
        for (int i = 0; i < INPUTS; i++) {
            Object sample = samples.get(random.nextInt(samples.size()));
            ValueCodec<Object> codec = GoldenValues.codecFor(codecs, sample);
            refused += isRefused(codec, damage(codec.encode(sample), random), i) ? 1 : 0;
        }
        assertThat(refused).isBetween(INPUTS / 10, INPUTS - 100);
    }

    @Test
    void sizesThatAreAnnouncedButNotThereAllocateNothing() {
        ValueCodec<Object> codec = GoldenValues.codecFor(codecs, List.of());
        for (int code : List.of(9, 10, 11, 32, 33, 34, 36, 38, 39, 41, 43, 44, 47, 51, 54)) {
            // No layouts, a list of one element, that element with a size of two thousand millions.
            byte[] bytes = {64, 1, 0, 32, 1, (byte) code, -1, -1, -1, -1, 7, 0, 0};
            assertThatThrownBy(() -> codec.decode(bytes)).as("code %s", code).isInstanceOf(CodecException.class);
        }
        byte[] layouts = {64, 1, -1, -1, -1, -1, 7, 0, 0};
        assertThatThrownBy(() -> codec.decode(layouts)).isInstanceOf(CodecException.class);
    }

    @Test
    void nestingIsLimitedInBothDirections() {
        ValueCodec<Object> codec = GoldenValues.codecFor(codecs, List.of());
        byte[] bytes = new byte[100_000];
        Arrays.fill(bytes, (byte) 1);
        bytes[0] = 64;
        bytes[2] = 0;
        for (int i = 3; i < bytes.length; i += 2) {
            bytes[i] = 32;
        }
        assertThatThrownBy(() -> codec.decode(bytes))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("nested deeper than 100 levels");
        List<Object> cyclic = new ArrayList<>();
        cyclic.add(cyclic);
        assertThatThrownBy(() -> codec.encode(cyclic))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("or contain themselves");
        List<Object> deepest = new ArrayList<>();
        for (int i = 1; i < Graph.DEPTH_MAX; i++) {
            deepest = new ArrayList<>(List.of(deepest));
        }
        assertThat(codec.decode(codec.encode(deepest))).isEqualTo(deepest);
    }

    @Test
    void objectsOverTheLimitAreRefusedInBothDirections() {
        ValueCodec<Object> codec = GoldenValues.codecFor(codecs, List.of());
        byte[] half = new byte[KryoEngine.VALUE_BYTES_MAX / 2];
        assertThatThrownBy(() -> codec.encode(List.of(half, half)))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("exceeds " + KryoEngine.VALUE_BYTES_MAX + " bytes");
        assertThatThrownBy(() -> codec.decode(new byte[] {64, 1}, 0, 2)).isInstanceOf(CodecException.class);
        byte[] large = new byte[KryoEngine.VALUE_BYTES_MAX + 3];
        large[0] = 64;
        large[1] = 1;
        assertThatThrownBy(() -> codec.decode(large))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("the limit is " + KryoEngine.VALUE_BYTES_MAX);
    }

    @Test
    void aCodecStillWorksAfterARefusal() {
        ValueCodec<Object> codec = GoldenValues.codecFor(codecs, List.of());
        assertThatThrownBy(() -> codec.encode(List.of(List.of(new Object())))).isInstanceOf(CodecException.class);
        assertThat(codec.decode(codec.encode(List.of(1)))).isEqualTo(List.of(1));
    }

    private static boolean isRefused(ValueCodec<Object> codec, byte[] bytes, int input) {
        try {
            codec.decode(bytes);
            return false;
        } catch (CodecException e) {
            return true;
        } catch (Throwable e) {
            return fail("seed " + SEED + " input " + input + ": " + Arrays.toString(bytes), e);
        }
    }

    private static byte[] randomBody(Random random) {
        byte[] bytes = new byte[2 + random.nextInt(64)];
        random.nextBytes(bytes);
        bytes[0] = ObjectValueCodec.CODE;
        bytes[1] = ObjectValueCodec.VERSION;
        if (bytes.length > 2) {
            bytes[2] = 0;
        }
        return bytes;
    }

    /** Cuts the bytes, or changes some of them behind the head. */
    private static byte[] damage(byte[] bytes, Random random) {
        byte[] damaged = Arrays.copyOf(bytes, random.nextInt(3) == 0 ? random.nextInt(bytes.length + 4) : bytes.length);
        for (int i = random.nextInt(4); i >= 0 && damaged.length > ValueHead.BYTES; i--) {
            int at = ValueHead.BYTES + random.nextInt(damaged.length - ValueHead.BYTES);
            damaged[at] = (byte) (random.nextBoolean() ? random.nextInt() : damaged[at] ^ (1 << random.nextInt(8)));
        }
        return damaged;
    }
}
