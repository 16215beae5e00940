package io.kvmesh.examples.places;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Finds ports for the members. Stateless.
 *
 * <p>The members name each other as seeds, so the ports must be known before any of them listens. They are taken from
 * below the range out of which systems give ports to outgoing connections: one of those could otherwise take the port
 * of a member that is down.
 */
final class Ports {
    private static final int LOWEST = 10_000;
    private static final int HIGHEST = 30_000;
    private static final int ATTEMPTS_MAX = 1_000;

    private Ports() {}

    static List<Integer> free(int count) {
        SplittableRandom random = new SplittableRandom();
        List<Integer> ports = new ArrayList<>();
        for (int attempt = 0; ports.size() < count; attempt++) {
            if (attempt == ATTEMPTS_MAX) {
                throw new JobFailedException("no " + count + " free ports from " + LOWEST + " to " + HIGHEST);
            }
            int port = random.nextInt(LOWEST, HIGHEST);
            if (!ports.contains(port) && isFree(port)) {
                ports.add(port);
            }
        }
        return ports;
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
