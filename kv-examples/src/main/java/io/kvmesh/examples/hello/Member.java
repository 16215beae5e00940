package io.kvmesh.examples.hello;

import io.kvmesh.KvStore;
import java.nio.file.Path;

/** How the same store becomes a member of a mesh. Stateless. */
final class Member {
    private Member() {}

    /** Opens the member that listens on a port; the others are found at the seeds, {@code host:port} each. */
    static KvStore open(Path directory, int port, String... seeds) {
        // readme: member
        KvStore store = KvStore.builder()
                .directory(directory)
                .register(User.class)
                .cluster("shop")
                .bind("127.0.0.1", port)
                .seeds(seeds) // "127.0.0.1:7801", "127.0.0.1:7802", "127.0.0.1:7803"
                .expectMembers(3)
                .open();
        // readme: end
        return store;
    }
}
