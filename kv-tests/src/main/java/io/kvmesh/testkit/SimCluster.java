package io.kvmesh.testkit;

import io.kvmesh.api.KvConfig;
import io.kvmesh.api.MemberInfo;
import io.kvmesh.api.MemberStanding;
import io.kvmesh.api.MemberState;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Several members, their network and their disks, in one thread under virtual time. Confined to the thread that made
 * it, and to the simulated threads that it runs.
 *
 * <p>All that happens follows from the seed. Faults are off until the test asks for them. A cluster that runs simulated
 * threads must be closed: each of them is a real thread until it is over.
 */
public final class SimCluster implements AutoCloseable {
    /** How many members a simulated cluster may have. */
    public static final int MEMBERS_MAX = 64;

    private static final int PARTITIONS = 64;
    private static final int VNODES = 16;
    private static final int KEY_BYTES_MAX = 1_024;
    private static final int VALUE_BYTES_MAX = 16 * 1_024;
    private static final long MEMTABLE_BYTES = 64 * 1_024;
    private static final int LOG_SEGMENT_BYTES = 64 * 1_024;
    private static final int BLOCK_BYTES = 1_024;
    private static final long BLOCK_CACHE_BYTES = 256 * 1_024;
    static final Duration MEETING_LIMIT = Duration.ofMinutes(2);
    private static final Duration SETTLING_TIME = Duration.ofSeconds(15);

    private final SimLoop loop;
    private final SimNetwork network;
    private final List<SimMember> members;

    private SimCluster(int size, long seed, MemberSettings settings) {
        loop = new SimLoop(seed);
        network = new SimNetwork(loop, loop.random().split(), size);
        members = IntStream.range(0, size)
                .mapToObj(index -> new SimMember(loop, network, index, builder -> settings.apply(index, builder)))
                .toList();
    }

    /** Settings of a cluster of this many members, none of which runs yet. */
    public static Builder of(int members) {
        return new Builder(members);
    }

    /** Changes the settings of one member. */
    @FunctionalInterface
    public interface MemberSettings {
        /**
         * Changes and returns the builder.
         *
         * @param index the number of the member, from 0
         */
        KvConfig.Builder apply(int index, KvConfig.Builder builder);
    }

    /** Collects the settings of a cluster. Confined to the thread that made it. */
    public static final class Builder {
        private final int members;
        private UnaryOperator<KvConfig.Builder> changes = UnaryOperator.identity();
        private MemberSettings memberChanges = (index, builder) -> builder;

        private Builder(int members) {
            if (members < 1 || members > MEMBERS_MAX) {
                throw new IllegalArgumentException(members + " members: there must be 1 to " + MEMBERS_MAX);
            }
            this.members = members;
        }

        /** Changes the settings of every member's store after the defaults of the simulation are set. */
        public Builder configure(UnaryOperator<KvConfig.Builder> newChanges) {
            changes = newChanges;
            return this;
        }

        /** Changes the settings of each member's store by the member's number, after those of all. */
        public Builder configureEach(MemberSettings newChanges) {
            memberChanges = newChanges;
            return this;
        }

        /** Makes the cluster whose whole story follows from this seed. */
        public SimCluster seed(long seed) {
            return new SimCluster(
                    members, seed, (index, builder) -> memberChanges.apply(index, changes.apply(defaults(builder))));
        }

        /** Small buffers, so that a short story meets segments, flushes and tables, and does not need much memory. */
        private KvConfig.Builder defaults(KvConfig.Builder builder) {
            String[] seeds = IntStream.range(0, members)
                    .mapToObj(index -> SimMember.addressOf(index).toString())
                    .toArray(String[]::new);
            return builder.cluster("sim")
                    .seeds(seeds)
                    .expectMembers(1)
                    .partitions(PARTITIONS)
                    .vnodes(VNODES)
                    .keyBytesMax(KEY_BYTES_MAX)
                    .valueBytesMax(VALUE_BYTES_MAX)
                    .memtableBytes(MEMTABLE_BYTES)
                    .logSegmentBytes(LOG_SEGMENT_BYTES)
                    .blockBytes(BLOCK_BYTES)
                    .blockCacheBytes(BLOCK_CACHE_BYTES);
        }
    }

    /** Starts all members and lets virtual time pass until every one sees all the others alive and in the ring. */
    public SimCluster start() {
        members.forEach(SimMember::start);
        awaitAllAlive();
        return this;
    }

    /** Lets virtual time pass until every running member sees all running members alive and in the ring. */
    public void awaitAllAlive() {
        if (!loop.runUntil(this::allSeeAllAlive, MEETING_LIMIT)) {
            throw loop.failure(
                    "not within " + MEETING_LIMIT + ": all running members see each other alive; " + views());
        }
    }

    private String views() {
        return running().stream()
                .map(member -> "m" + member.index() + " sees "
                        + member.store().admin().members().stream()
                                .map(seen -> seen.id() + " at " + seen.address() + " " + seen.state() + " "
                                        + seen.standing())
                                .toList()
                        + " and is "
                        + member.store().admin().health().problems()
                        + ", streams "
                        + member.store().admin().streams())
                .collect(Collectors.joining("; "));
    }

    /** The running members, in the order of their numbers. */
    public List<SimMember> running() {
        return members.stream().filter(SimMember::isAlive).toList();
    }

    /**
     * Lets so much virtual time pass that operations have ended, suspicions are settled and gossip has reached
     * everybody, once all faults are over.
     */
    public void settle() {
        runFor(SETTLING_TIME);
    }

    /**
     * Closes the stores of all running members in good order.
     *
     * @throws SimulationFailure if a simulated thread failed or is not over
     */
    public void stop() {
        loop.threads().checkAll();
        running().forEach(SimMember::stop);
    }

    /**
     * Starts a thread that belongs to no member: a client that goes from one to another, or what kills and restarts
     * them. It is over when its body is, or when this cluster is closed.
     *
     * @throws IllegalStateException if too many simulated threads are alive
     */
    public SimThread run(String name, SimTask body) {
        return loop.threads().start(null, name, body);
    }

    /**
     * Lets virtual time pass until all simulated threads are over, or one of them failed.
     *
     * @throws SimulationFailure if one failed, or if they are not over within the limit; all are ended then
     */
    public void join(Duration limit) {
        loop.runUntil(() -> loop.threads().isSettled(), limit);
        loop.threads().checkAll();
    }

    /**
     * Ends a test: ends all faults that last, closes the stores of the running members, checks that nothing failed and
     * closes this cluster.
     *
     * @throws SimulationFailure as {@link #stop()} and {@link #checkFailures()}
     */
    public void finish() {
        loop.threads().checkAll();
        endFaults();
        stop();
        checkFailures();
        close();
    }

    /**
     * Ends the faults that last: cuts, bad links, pauses, failing and limited disks. Clocks stay as they are, as do
     * dead members.
     */
    public void endFaults() {
        network.heal();
        network.use(LinkSettings.RELIABLE);
        for (SimMember member : members) {
            member.disk().faults().clear();
            member.disk().limitBytes(SimDisk.BYTES_MAX_DEFAULT);
            if (member.isPaused()) {
                member.resume();
            }
        }
    }

    /** Ends all simulated threads. The members are left as they are: nothing of them is outside of this JVM's heap. */
    @Override
    public void close() {
        loop.threads().close();
    }

    public SimLoop loop() {
        return loop;
    }

    public SimNetwork network() {
        return network;
    }

    public SimMember member(int index) {
        return members.get(index);
    }

    public List<SimMember> members() {
        return members;
    }

    /** Lets this much virtual time pass. */
    public void runFor(Duration span) {
        loop.runFor(span);
    }

    /**
     * Lets virtual time pass until the condition holds.
     *
     * @throws SimulationFailure if it does not within the limit
     */
    public void runUntil(String what, BooleanSupplier condition, Duration limit) {
        if (!loop.runUntil(condition, limit)) {
            throw loop.failure("not within " + limit + ": " + what);
        }
    }

    /**
     * Checks that no code of a member failed, and that all simulated threads came to a good end.
     *
     * @throws SimulationFailure if code of a member threw where it must not, or if a simulated thread failed or is not
     *     over
     */
    public void checkFailures() {
        loop.threads().checkAll();
        if (loop.failureCount() > 0) {
            throw loop.failure(
                    loop.failureCount() + " failures inside members:\n" + String.join("\n", loop.failures()));
        }
    }

    /**
     * The failure of a test in which this was thrown, with seed and last events.
     *
     * @param advice more lines of the message, or an empty text
     */
    public SimulationFailure failure(Throwable cause, String advice) {
        String message = cause instanceof SimulationFailure known ? known.summary() : cause.toString();
        return loop.failure(advice.isEmpty() ? message : message + "\n" + advice, cause);
    }

    /** A hash over all that happened so far: equal for equal runs. */
    public long traceHash() {
        return loop.traceHash();
    }

    private boolean allSeeAllAlive() {
        List<SimMember> running = running();
        return running.stream().allMatch(member -> {
            List<String> alive = member.store().admin().members().stream()
                    .filter(seen -> seen.state() == MemberState.ALIVE && seen.standing() == MemberStanding.MEMBER)
                    .map(MemberInfo::address)
                    .toList();
            return running.stream()
                    .allMatch(other -> alive.contains(other.address().toString()));
        });
    }
}
