package io.kvmesh.transport.jgroups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.kvmesh.model.NodeId;
import io.kvmesh.transport.PeerId;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Encrypted connections with certificates on both sides. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class TlsTest {
    /** How many frames a stranger sends while members go on talking. */
    private static final int STRANGE_FRAMES = 10;

    @TempDir
    Path directory = Path.of("");

    @Test
    void membersWithTrustedCertificatesTalk() throws Exception {
        SSLContext tls = Certificates.selfSigned(directory, "mesh");
        try (Endpoint one = endpoint(1, tls);
                Endpoint two = endpoint(2, tls)) {
            one.learn(two);
            two.learn(one);
            await().until(() -> {
                one.send(two, "forth");
                return two.received.contains("1:forth");
            });
            two.send(one, "back");
            await().untilAsserted(() -> assertThat(one.received).contains("2:back"));
        }
    }

    @Test
    void strangersReachNobody() throws Exception {
        SSLContext tls = Certificates.selfSigned(directory, "mesh");
        SSLContext other = Certificates.selfSigned(directory, "stranger");
        try (Endpoint one = endpoint(1, tls);
                Endpoint two = endpoint(2, tls);
                Endpoint untrusted = endpoint(3, other);
                Endpoint plain = endpoint(4, null)) {
            one.learn(two);
            for (int i = 0; i < STRANGE_FRAMES; i++) {
                untrusted.sendToAddress(two.address, "untrusted");
                plain.sendToAddress(two.address, "plain");
                two.sendToAddress(plain.address, "to the plain one");
                writePlainly(two);
                int number = i;
                await().atMost(Duration.ofSeconds(20)).until(() -> {
                    one.send(two, "frame " + number);
                    return two.received.contains("1:frame " + number);
                });
            }
            assertThat(two.received).allMatch(frame -> frame.startsWith("1:"));
            assertThat(plain.received).isEmpty();
            assertThat(untrusted.received).isEmpty();
        }
    }

    private static void writePlainly(Endpoint to) throws IOException {
        try (Socket socket = new Socket(to.address.host(), to.address.port());
                OutputStream out = socket.getOutputStream()) {
            out.write("this is no TLS handshake".getBytes(StandardCharsets.UTF_8));
        }
    }

    private static Endpoint endpoint(long node, @Nullable SSLContext tls) throws IOException {
        return new Endpoint(new PeerId(new NodeId(node), 1), new JGroupsTransport("127.0.0.1", 0, tls));
    }
}
