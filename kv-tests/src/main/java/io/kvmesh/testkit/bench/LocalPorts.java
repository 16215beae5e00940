package io.kvmesh.testkit.bench;

import io.kvmesh.runtime.RandomSource;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Finds ports for processes on this machine. Stateless. */
public final class LocalPorts {
    private static final int PORT_MIN = 12_000;
    private static final int PORT_END = 32_000;
    private static final int ATTEMPTS_MAX = 1_000;

    private LocalPorts() {}

    /**
     * Ports that are free now, all different. They lie below those that the operating system gives to outgoing
     * connections, so that a member can have its port again after a while. Another process might take one before it is
     * used.
     */
    public static List<Integer> free(int count) {
        RandomSource random = RandomSource.fromSystem();
        TreeSet<Integer> ports = new TreeSet<>();
        for (int attempt = 0; ports.size() < count; attempt++) {
            int port = PORT_MIN + random.nextInt(PORT_END - PORT_MIN);
            if (isFree(port)) {
                ports.add(port);
            } else if (attempt > ATTEMPTS_MAX) {
                throw new IllegalStateException("no port from " + PORT_MIN + " to " + PORT_END + " is free");
            }
        }
        return List.copyOf(ports);
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return socket.isBound();
        } catch (IOException e) {
            return false;
        }
    }

    /** The ports as {@code host:port}, separated by commas. */
    public static String addresses(List<Integer> ports) {
        return ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
    }

    static String join(List<Integer> ports) {
        return ports.stream().map(String::valueOf).collect(Collectors.joining(","));
    }
}
