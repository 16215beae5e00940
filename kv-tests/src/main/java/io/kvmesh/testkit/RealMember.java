package io.kvmesh.testkit;

import io.kvmesh.KvStore;
import io.kvmesh.api.KvConfig;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One member of a {@link RealCluster}: its directory and address, which last, and its store. Guarded by its own
 * monitor.
 */
public final class RealMember {
    static final String HOST = "127.0.0.1";

    private final int index;
    private final String address;
    private final Path directory;
    private final UnaryOperator<KvConfig.Builder> settings;
    private @Nullable KvStore store;

    RealMember(int index, String address, Path directory, UnaryOperator<KvConfig.Builder> settings) {
        this.index = index;
        this.address = address;
        this.directory = directory;
        this.settings = settings;
    }

    public int index() {
        return index;
    }

    /** Where the member listens: host and port. */
    public String address() {
        return address;
    }

    /** Where the member keeps its data. */
    public Path directory() {
        return directory;
    }

    /**
     * Opens the store.
     *
     * @throws IllegalStateException if it is open
     * @throws io.kvmesh.api.KvException if it cannot be opened
     */
    public synchronized KvStore start() {
        if (store != null) {
            throw new IllegalStateException("member " + index + " is running: stop it before starting it again");
        }
        int port = Integer.parseInt(address.substring(HOST.length() + 1));
        KvStore opened = KvStore.open(
                settings.apply(KvConfig.builder().directory(directory).bind(HOST, port))
                        .build());
        store = opened;
        return opened;
    }

    /**
     * Closes the store. Its files stay, for the next start.
     *
     * @throws IllegalStateException if none is open
     */
    public synchronized void stop() {
        KvStore open = store();
        store = null;
        open.close();
    }

    public synchronized boolean isRunning() {
        return store != null;
    }

    /**
     * The store of the running member.
     *
     * @throws IllegalStateException if none is open
     */
    public synchronized KvStore store() {
        KvStore current = store;
        if (current == null) {
            throw new IllegalStateException("member " + index + " has no open store: start it first");
        }
        return current;
    }
}
