package io.kvmesh.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.KvStore;
import io.kvmesh.api.ConsistencyLevel;
import io.kvmesh.api.StoreException;
import io.kvmesh.transport.jgroups.Certificates;
import java.nio.file.Path;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A mesh of stores over encrypted connections. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
final class TlsMeshTest {
    @TempDir
    Path directory = Path.of("");

    @Test
    void membersShareTheirDataAndAStoreWithoutCertificateStaysOutside() throws Exception {
        SSLContext tls = Certificates.selfSigned(directory, "mesh");
        try (KvStore first = member("first").tls(tls).open()) {
            String seed = first.admin().members().get(0).address();
            try (KvStore second = member("second").tls(tls).seeds(seed).open()) {
                second.map("m", String.class, String.class)
                        .with(ConsistencyLevel.ALL)
                        .set("k", "v");
                assertThat(first.map("m", String.class, String.class).get("k")).isEqualTo("v");
                KvStore.Builder outsider = member("outsider").seeds(seed).joinTimeout(Duration.ofSeconds(2));
                assertThatThrownBy(outsider::open)
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining("1 of 2 expected members")
                        .hasMessageContaining(seed);
                assertThat(first.admin().members()).hasSize(2);
            }
        }
    }

    private KvStore.Builder member(String name) {
        return KvStore.builder()
                .directory(directory.resolve(name))
                .cluster("tls")
                .bind("127.0.0.1", 0);
    }
}
