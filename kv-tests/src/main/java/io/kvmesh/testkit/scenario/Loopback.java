package io.kvmesh.testkit.scenario;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Measures what one connection to this machine itself carries. Stateless. */
final class Loopback {
    private static final int CHUNK_BYTES = 256 * 1024;
    private static final int CHUNKS = 4_000;

    private Loopback() {}

    /** Megabytes (10^6 bytes) a second. */
    static double megabytesPerSecond() {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread sender = new Thread(() -> send(server.getLocalPort()), "loopback");
            sender.setDaemon(true);
            long startNanos = System.nanoTime();
            sender.start();
            long bytes = 0;
            try (Socket socket = server.accept();
                    InputStream in = socket.getInputStream()) {
                byte[] chunk = new byte[CHUNK_BYTES];
                for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
                    bytes += count;
                }
            }
            return bytes * 1e3 / (System.nanoTime() - startNanos);
        } catch (IOException e) {
            throw new UncheckedIOException("the loopback cannot be measured", e);
        }
    }

    private static void send(int port) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
                OutputStream out = socket.getOutputStream()) {
            byte[] chunk = new byte[CHUNK_BYTES];
            for (int i = 0; i < CHUNKS; i++) {
                out.write(chunk);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the loopback cannot be measured", e);
        }
    }
}
