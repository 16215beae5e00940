package io.kvmesh.api;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;

/** The checked configuration of a store: plain data. Immutable. */
public final class KvConfig {
    /** The default number of partitions of a ring. */
    public static final int PARTITIONS_DEFAULT = 1_024;
    /** How many copies there may be: more make writes slow and nothing safer. */
    public static final int REPLICATION_FACTOR_MAX = 16;

    /** The name of the data centre of members that name none. */
    public static final String DATA_CENTER_DEFAULT = "dc1";
    /** The name of the rack of members that name none. */
    public static final String RACK_DEFAULT = "rack1";

    static final int DATA_CENTERS_MAX = 64;
    static final double WEIGHT_MIN = 0.01;
    static final double WEIGHT_MAX = 100;
    static final int PARTITIONS_MAX = 65_536;
    static final long STREAM_BYTES_PER_SECOND_MIN = 64 * 1024;
    static final long STREAM_BYTES_PER_SECOND_MAX = 1L << 40;
    static final int VNODES_MAX = 4_096;
    static final int MEMBERS_MAX = 10_000;
    static final int KEY_BYTES_LIMIT = 64 * 1024;
    static final int VALUE_BYTES_LIMIT = 8 * 1024 * 1024;
    /** An upper bound of what a stored record takes beyond its key and value. */
    static final int RECORD_OVERHEAD_BYTES = 128;

    private final Path directory;
    private final String cluster;
    private final Optional<String> bindHost;
    private final int bindPort;
    private final Optional<SSLContext> tls;
    private final List<String> seeds;
    private final int expectMembers;
    private final int replicationFactor;
    private final SortedMap<String, Integer> replication;
    private final String dataCenter;
    private final String rack;
    private final double weight;
    private final int partitions;
    private final int vnodes;
    private final ConsistencyLevel readConsistency;
    private final ConsistencyLevel writeConsistency;
    private final Durability durability;
    private final Duration syncInterval;
    private final Duration operationTimeout;
    private final Optional<Duration> speculativeDelay;
    private final Duration joinTimeout;
    private final Duration gossipInterval;
    private final double suspicionThreshold;
    private final int keyBytesMax;
    private final int valueBytesMax;
    private final long memtableBytes;
    private final Duration gcGrace;
    private final Duration hintWindow;
    private final boolean sloppyQuorum;
    private final Duration removeAfter;
    private final Optional<String> replaces;
    private final Duration repairInterval;
    private final long streamBytesPerSecond;
    private final long compactionBytesPerSecond;
    private final int logSegmentBytes;
    private final int blockBytes;
    private final long blockCacheBytes;
    private final boolean openDamaged;
    private final int inFlightPerPeerMax;
    private final long inFlightBytesPerPeerMax;
    private final List<Class<?>> registeredTypes;

    KvConfig(KvSettings<?> settings) {
        directory = Objects.requireNonNull(settings.directory, "directory");
        cluster = settings.cluster;
        bindHost = Optional.ofNullable(settings.bindHost);
        bindPort = settings.bindPort;
        tls = Optional.ofNullable(settings.tls);
        seeds = List.copyOf(settings.seeds);
        expectMembers = settings.expectMembers;
        replicationFactor = settings.replicationFactor;
        replication = Collections.unmodifiableSortedMap(new TreeMap<>(settings.replication));
        dataCenter = settings.dataCenter;
        rack = settings.rack;
        weight = settings.weight;
        partitions = settings.partitions;
        vnodes = settings.vnodes;
        readConsistency = settings.readConsistency;
        writeConsistency = settings.writeConsistency;
        durability = settings.durability;
        syncInterval = settings.syncInterval;
        operationTimeout = settings.operationTimeout;
        speculativeDelay = Optional.ofNullable(settings.speculativeDelay);
        joinTimeout = settings.joinTimeout;
        gossipInterval = settings.gossipInterval;
        suspicionThreshold = settings.suspicionThreshold;
        keyBytesMax = settings.keyBytesMax;
        valueBytesMax = settings.valueBytesMax;
        memtableBytes = settings.memtableBytes;
        gcGrace = settings.gcGrace;
        hintWindow = settings.hintWindow;
        sloppyQuorum = settings.sloppyQuorum;
        removeAfter = settings.removeAfter;
        replaces = Optional.ofNullable(settings.replaces);
        repairInterval = settings.repairInterval;
        streamBytesPerSecond = settings.streamBytesPerSecond;
        compactionBytesPerSecond = settings.compactionBytesPerSecond;
        logSegmentBytes = settings.logSegmentBytes;
        blockBytes = settings.blockBytes;
        blockCacheBytes = settings.blockCacheBytes;
        openDamaged = settings.openDamaged;
        inFlightPerPeerMax = settings.inFlightPerPeerMax;
        inFlightBytesPerPeerMax = settings.inFlightBytesPerPeerMax;
        registeredTypes = List.copyOf(settings.registeredTypes);
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Collects settings and checks them. Not safe for several threads. */
    public static final class Builder extends KvSettings<Builder> {
        private Builder() {}

        @Override
        protected Builder self() {
            return this;
        }

        /**
         * Checks everything and yields the configuration.
         *
         * @throws InvalidConfigException naming all faults
         */
        public KvConfig build() {
            return toConfig();
        }
    }

    public Path directory() {
        return directory;
    }

    public String cluster() {
        return cluster;
    }

    /** Where to listen; empty for a store that opens no socket. */
    public Optional<String> bindHost() {
        return bindHost;
    }

    public int bindPort() {
        return bindPort;
    }

    /** What encrypts and authenticates connections; empty for plain ones. */
    public Optional<SSLContext> tls() {
        return tls;
    }

    public List<String> seeds() {
        return seeds;
    }

    /** As set, or 0 for the default that depends on the seeds. */
    public int expectMembers() {
        return expectMembers;
    }

    /** The copies of each key, if {@link #replication} is empty. */
    public int replicationFactor() {
        return replicationFactor;
    }

    /** The copies in each data centre; empty if it does not matter where the copies are. */
    public SortedMap<String, Integer> replication() {
        return replication;
    }

    public String dataCenter() {
        return dataCenter;
    }

    public String rack() {
        return rack;
    }

    public double weight() {
        return weight;
    }

    public int partitions() {
        return partitions;
    }

    public int vnodes() {
        return vnodes;
    }

    public ConsistencyLevel readConsistency() {
        return readConsistency;
    }

    public ConsistencyLevel writeConsistency() {
        return writeConsistency;
    }

    public Durability durability() {
        return durability;
    }

    public Duration syncInterval() {
        return syncInterval;
    }

    public Duration operationTimeout() {
        return operationTimeout;
    }

    /** As set, or empty if it follows from the reads. */
    public Optional<Duration> speculativeDelay() {
        return speculativeDelay;
    }

    public Duration joinTimeout() {
        return joinTimeout;
    }

    public Duration gossipInterval() {
        return gossipInterval;
    }

    public double suspicionThreshold() {
        return suspicionThreshold;
    }

    public int keyBytesMax() {
        return keyBytesMax;
    }

    public int valueBytesMax() {
        return valueBytesMax;
    }

    public long memtableBytes() {
        return memtableBytes;
    }

    public Duration gcGrace() {
        return gcGrace;
    }

    /** How long hints are kept for a member that is away; zero for not at all. */
    public Duration hintWindow() {
        return hintWindow;
    }

    /** Whether other members may stand in for replicas of a write. */
    public boolean sloppyQuorum() {
        return sloppyQuorum;
    }

    /** How long a member may be dead before it is taken out of the ring; zero for ever. */
    public Duration removeAfter() {
        return removeAfter;
    }

    /** The identity of the member whose place a new one takes; empty for a place of its own. */
    public Optional<String> replaces() {
        return replaces;
    }

    public Duration repairInterval() {
        return repairInterval;
    }

    /** How much of keys and values this member fetches in a second of what it gains by a change of the ring. */
    public long streamBytesPerSecond() {
        return streamBytesPerSecond;
    }

    public long compactionBytesPerSecond() {
        return compactionBytesPerSecond;
    }

    public int logSegmentBytes() {
        return logSegmentBytes;
    }

    public int blockBytes() {
        return blockBytes;
    }

    public long blockCacheBytes() {
        return blockCacheBytes;
    }

    public boolean openDamaged() {
        return openDamaged;
    }

    public int inFlightPerPeerMax() {
        return inFlightPerPeerMax;
    }

    public long inFlightBytesPerPeerMax() {
        return inFlightBytesPerPeerMax;
    }

    public List<Class<?>> registeredTypes() {
        return registeredTypes;
    }
}
