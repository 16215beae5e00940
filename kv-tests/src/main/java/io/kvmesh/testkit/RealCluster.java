package io.kvmesh.testkit;

import io.kvmesh.api.KvConfig;
import io.kvmesh.api.MemberInfo;
import io.kvmesh.api.MemberState;
import io.kvmesh.testkit.bench.LocalPorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Several real members in this JVM, with sockets on loopback and directories of their own under the temporary one. Safe
 * for any thread.
 *
 * <p>Members stop in good order only: one JVM cannot kill a part of itself. {@link SimCluster} has all the faults.
 */
public final class RealCluster implements AutoCloseable {
    /** How many members a cluster in one JVM may have. */
    public static final int MEMBERS_MAX = 16;
    /** How long the members may take until all of them see each other. */
    public static final Duration MEETING_LIMIT = Duration.ofSeconds(60);

    private static final int PARTITIONS = 64;
    private static final int VNODES = 16;
    private static final Duration POLL_INTERVAL = Duration.ofMillis(10);

    private final Path directory;
    private final List<RealMember> members;

    private RealCluster(int size, UnaryOperator<KvConfig.Builder> changes) {
        List<String> addresses = LocalPorts.free(size).stream()
                .map(port -> RealMember.HOST + ":" + port)
                .toList();
        directory = createDirectory();
        members = IntStream.range(0, size)
                .mapToObj(index -> new RealMember(
                        index,
                        addresses.get(index),
                        directory.resolve("member-" + index),
                        builder -> changes.apply(defaults(builder, addresses))))
                .toList();
    }

    /** Settings of a cluster of this many members. */
    public static Builder of(int members) {
        return new Builder(members);
    }

    /** Collects the settings of a cluster. Not safe for several threads. */
    public static final class Builder {
        private final int members;
        private UnaryOperator<KvConfig.Builder> changes = UnaryOperator.identity();

        private Builder(int members) {
            if (members < 1 || members > MEMBERS_MAX) {
                throw new IllegalArgumentException(members + " members: there must be 1 to " + MEMBERS_MAX);
            }
            this.members = members;
        }

        /** Changes the settings of every member's store after the defaults of the test kit are set. */
        public Builder configure(UnaryOperator<KvConfig.Builder> newChanges) {
            changes = newChanges;
            return this;
        }

        /**
         * Starts all members and waits until every one sees all the others alive and in the ring. If that fails,
         * nothing of them is left.
         */
        public RealCluster open() {
            RealCluster cluster = new RealCluster(members, changes);
            boolean opened = false;
            try {
                cluster.members.forEach(RealMember::start);
                cluster.awaitAllAlive();
                opened = true;
                return cluster;
            } finally {
                if (!opened) {
                    cluster.close();
                }
            }
        }
    }

    private static KvConfig.Builder defaults(KvConfig.Builder builder, List<String> addresses) {
        return builder.cluster("real")
                .seeds(addresses.toArray(String[]::new))
                .expectMembers(1)
                .partitions(PARTITIONS)
                .vnodes(VNODES);
    }

    public RealMember member(int index) {
        return members.get(index);
    }

    public List<RealMember> members() {
        return members;
    }

    /** The members whose store is open, in the order of their numbers. */
    public List<RealMember> running() {
        return members.stream().filter(RealMember::isRunning).toList();
    }

    /**
     * Waits until every running member sees all running members alive and in the ring.
     *
     * @throws AssertionError if they do not within {@link #MEETING_LIMIT}
     */
    public void awaitAllAlive() {
        await("all running members see each other alive", this::allSeeAllAlive, MEETING_LIMIT);
    }

    /**
     * Waits in real time until the condition holds.
     *
     * @throws AssertionError if it does not within the limit
     */
    public void await(String what, BooleanSupplier condition, Duration limit) {
        long endNanos = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - endNanos > 0) {
                throw new AssertionError("not within " + limit + ": " + what);
            }
            try {
                Thread.sleep(POLL_INTERVAL.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while waiting until " + what, e);
            }
        }
    }

    /** Closes all members and deletes their directories. Idempotent. */
    @Override
    public void close() {
        RuntimeException failure = null;
        for (RealMember member : running()) {
            try {
                member.stop();
            } catch (RuntimeException e) {
                failure = merge(failure, e);
            }
        }
        try {
            deleteTree(directory);
        } catch (IOException e) {
            failure = merge(failure, new UncheckedIOException("the files of the members were not deleted", e));
        }
        if (failure != null) {
            throw failure;
        }
    }

    private boolean allSeeAllAlive() {
        List<RealMember> running = running();
        return running.stream().allMatch(member -> {
            List<String> alive = member.store().admin().members().stream()
                    .filter(seen -> seen.state() == MemberState.ALIVE && seen.ownership() > 0)
                    .map(MemberInfo::address)
                    .toList();
            return running.stream().allMatch(other -> alive.contains(other.address()));
        });
    }

    private static RuntimeException merge(@Nullable RuntimeException first, RuntimeException next) {
        if (first == null) {
            return next;
        }
        first.addSuppressed(next);
        return first;
    }

    private static Path createDirectory() {
        try {
            return Files.createTempDirectory("kvmesh-");
        } catch (IOException e) {
            throw new UncheckedIOException("no directory for the members", e);
        }
    }

    private static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
