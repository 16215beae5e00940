package io.kvmesh.examples.hello;

import static org.assertj.core.api.Assertions.assertThat;

import io.kvmesh.KvStore;
import io.kvmesh.api.ConsistencyLevel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class HelloTest {

    @Test
    void eachRunFindsWhatTheRunBeforeHasStored() {
        Path directory = Path.of("target/hello");
        Hello.main(new String[0]);
        int visits = visits(directory);

        Hello.main(new String[0]);

        assertThat(visits(directory)).isEqualTo(visits + 1);
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void threeMembersShareAMap(@TempDir Path directory) throws Exception {
        int[] ports = freePorts(3);
        String[] seeds = new String[ports.length];
        for (int i = 0; i < ports.length; i++) {
            seeds[i] = "127.0.0.1:" + ports[i];
        }
        ExecutorService starters = Executors.newFixedThreadPool(ports.length);
        List<Future<KvStore>> starting = new ArrayList<>();
        for (int i = 0; i < ports.length; i++) {
            Path own = directory.resolve("member-" + i);
            int port = ports[i];
            starting.add(starters.submit(() -> Member.open(own, port, seeds)));
        }
        try (KvStore first = starting.get(0).get();
                KvStore second = starting.get(1).get();
                KvStore third = starting.get(2).get()) {
            User ada = new User("Ada", "London", 1);
            first.map("users", String.class, User.class).put("ada", ada);

            assertThat(second.map("users", String.class, User.class).get("ada")).isEqualTo(ada);
            assertThat(third.map("users", String.class, User.class)
                            .with(ConsistencyLevel.ALL)
                            .get("ada"))
                    .isEqualTo(ada);
        } finally {
            starters.shutdown();
        }
    }

    private static int visits(Path directory) {
        try (KvStore store =
                KvStore.builder().directory(directory).register(User.class).open()) {
            User ada = store.map("users", String.class, User.class).get("ada");
            assertThat(ada).isNotNull();
            return ada.visits();
        }
    }

    private static int[] freePorts(int count) throws IOException {
        int[] ports = new int[count];
        List<ServerSocket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                sockets.add(socket);
                ports[i] = socket.getLocalPort();
            }
        } finally {
            for (ServerSocket socket : sockets) {
                socket.close();
            }
        }
        return ports;
    }
}
