package io.kvmesh.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class EnginePoolTest {
    private static final int THREADS = 8;
    private static final int ROUNDS = 2_000;

    /** Runs in a JVM of its own. */
    static final class FirstUse {
        private static final String OPENED = "-- opened";

        private FirstUse() {}

        public static void main(String[] arguments) {
            ValueCodec<Object> codec =
                    GoldenValues.codecFor(new Codecs(GoldenValues.REGISTERED), GoldenValues.Level.HIGH);
            System.out.println(OPENED);
            System.out.println(codec.decode(codec.encode(GoldenValues.Level.HIGH)));
        }
    }

    @Test
    void severalThreadsShareACodec() throws Exception {
        EnginePool pool = new EnginePool(new ObjectTypes(GoldenValues.REGISTERED));
        List<Object> values = GoldenValues.objects();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            CountDownLatch start = new CountDownLatch(THREADS);
            List<Future<?>> runs = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                int first = thread;
                runs.add(threads.submit(() -> {
                    start.countDown();
                    start.await();
                    for (int round = 0; round < ROUNDS; round++) {
                        Object value = values.get((first + round) % values.size());
                        byte[] bytes = pool.encode(value);
                        assertThat(pool.decode(bytes, ValueHead.BYTES, bytes.length - ValueHead.BYTES))
                                .isEqualTo(value);
                    }
                    return null;
                }));
            }
            for (Future<?> run : runs) {
                run.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(pool.idleEngines()).isBetween(1, THREADS);
    }

    @Test
    void anEngineThatGrewForALargeValueIsNotKept() {
        EnginePool pool = new EnginePool(new ObjectTypes(List.of()));
        pool.encode(List.of("small"));
        assertThat(pool.idleEngines()).isEqualTo(1);
        pool.encode(List.of(new byte[2 * 1024 * 1024]));
        assertThat(pool.idleEngines()).isZero();
    }

    @Test
    void kryoIsLoadedAtTheFirstValueAndPrintsNothing() throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xlog:class+load:stdout",
                        "-cp",
                        System.getProperty("java.class.path"),
                        FirstUse.class.getName())
                .start();
        String output = textOf(process.getInputStream());
        String errors = textOf(process.getErrorStream());
        assertThat(process.waitFor()).isZero();
        assertThat(errors).isEmpty();
        int opened = output.indexOf(FirstUse.OPENED);
        assertThat(opened).isPositive();
        assertThat(output.substring(0, opened)).doesNotContain("esotericsoftware");
        assertThat(output.substring(opened)).contains("esotericsoftware").contains("HIGH");
    }

    @Test
    void kryoIsToldNotToUseUnsafe() {
        KryoBootstrap.newEngine(new ObjectTypes(List.of()));
        assertThat(System.getProperty("kryo.unsafe")).isEqualTo("false");
    }

    private static String textOf(InputStream in) throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
}
