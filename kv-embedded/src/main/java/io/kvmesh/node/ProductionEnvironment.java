package io.kvmesh.node;

import io.kvmesh.api.KvConfig;
import io.kvmesh.metadata.sqlite.SqliteHintStore;
import io.kvmesh.metadata.sqlite.SqliteNodeStore;
import io.kvmesh.runtime.Clock;
import io.kvmesh.runtime.DiskFileSystem;
import io.kvmesh.runtime.ParkingBlocking;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.runtime.SystemClock;
import io.kvmesh.runtime.ThreadScheduler;
import io.kvmesh.transport.jgroups.JGroupsTransport;

/** Puts the production versions of all seams together. Stateless. */
public final class ProductionEnvironment {
    private ProductionEnvironment() {}

    /** The environment of one store. Nothing is started, opened or loaded before it is needed. */
    public static Environment create(KvConfig config) {
        Clock clock = new SystemClock();
        return new Environment(
                clock,
                new ThreadScheduler(threadNameOf(config)),
                new ParkingBlocking(clock),
                new DiskFileSystem(),
                RandomSource.fromSystem(),
                ProductionEnvironment::transport,
                SqliteNodeStore::open,
                SqliteHintStore::open);
    }

    /** An environment without threads and network, for work on files of stores that are not open. */
    public static Environment ofFiles() {
        Clock clock = new SystemClock();
        return new Environment(
                clock,
                new ThreadScheduler("files"),
                new ParkingBlocking(clock),
                new DiskFileSystem(),
                RandomSource.fromSystem(),
                ProductionEnvironment::transport,
                SqliteNodeStore::open,
                SqliteHintStore::open);
    }

    private static JGroupsTransport transport(KvConfig config) {
        String host = config.bindHost().orElseThrow(() -> new IllegalStateException("no bind address"));
        return new JGroupsTransport(host, config.bindPort(), config.tls().orElse(null));
    }

    private static String threadNameOf(KvConfig config) {
        String place = config.bindHost().isPresent()
                ? String.valueOf(config.bindPort())
                : String.valueOf(config.directory().getFileName());
        return config.cluster().isEmpty() ? place : config.cluster() + "-" + place;
    }
}
