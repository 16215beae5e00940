package io.kvmesh.api;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a store while they are collected. Not safe for several threads. Values are checked all together when
 * the configuration is built, so that one error names all faults.
 *
 * @param <B> the type of the builder itself
 */
public abstract class KvSettings<B extends KvSettings<B>> {
    @Nullable
    Path directory;

    String cluster = "";

    @Nullable
    String bindHost;

    int bindPort;

    @Nullable
    SSLContext tls;

    final List<String> seeds = new ArrayList<>();
    int expectMembers;
    int replicationFactor = 3;
    final SortedMap<String, Integer> replication = new TreeMap<>();
    String dataCenter = KvConfig.DATA_CENTER_DEFAULT;
    String rack = KvConfig.RACK_DEFAULT;
    double weight = 1.0;
    int partitions = KvConfig.PARTITIONS_DEFAULT;
    int vnodes = 128;
    ConsistencyLevel readConsistency = ConsistencyLevel.LOCAL_QUORUM;
    ConsistencyLevel writeConsistency = ConsistencyLevel.LOCAL_QUORUM;
    Durability durability = Durability.PERIODIC;
    Duration syncInterval = Duration.ofMillis(100);
    Duration operationTimeout = Duration.ofSeconds(2);

    @Nullable
    Duration speculativeDelay;

    Duration joinTimeout = Duration.ofSeconds(30);
    Duration gossipInterval = Duration.ofSeconds(1);
    double suspicionThreshold = 8.0;
    int keyBytesMax = 64 * 1024;
    int valueBytesMax = 1024 * 1024;
    long memtableBytes = 64L * 1024 * 1024;
    Duration gcGrace = Duration.ofDays(10);
    Duration hintWindow = Duration.ofHours(3);
    boolean sloppyQuorum;
    Duration removeAfter = Duration.ofHours(3);

    @Nullable
    String replaces;

    Duration repairInterval = Duration.ofDays(1);
    long streamBytesPerSecond = 16L * 1024 * 1024;
    long compactionBytesPerSecond;
    int logSegmentBytes = 16 * 1024 * 1024;
    int blockBytes = 4 * 1024;
    long blockCacheBytes = 32L * 1024 * 1024;
    boolean openDamaged;
    int inFlightPerPeerMax = 1_000;
    long inFlightBytesPerPeerMax = 32L * 1024 * 1024;
    final List<Class<?>> registeredTypes = new ArrayList<>();

    protected KvSettings() {}

    protected abstract B self();

    /** The directory that holds all data of this member. Required. Created if it is missing. */
    public B directory(Path value) {
        directory = Objects.requireNonNull(value, "directory");
        return self();
    }

    /** The name of the cluster. Required when {@link #bind} is called; members of other clusters are refused. */
    public B cluster(String value) {
        cluster = Objects.requireNonNull(value, "cluster");
        return self();
    }

    /**
     * Makes the store a member of a mesh that listens here. Without it the store opens no socket. Addresses other than
     * loopback are taken only together with {@link #tls}, by which members authenticate each other.
     *
     * @param port 0 lets the operating system choose one, which suits a member that no other names as a seed
     */
    public B bind(String host, int port) {
        bindHost = Objects.requireNonNull(host, "host");
        bindPort = port;
        return self();
    }

    /**
     * Encrypts all connections between members, and lets only members connect whose certificates this context trusts:
     * both sides show one. All members of a mesh have it or none has. The names in certificates are not compared with
     * addresses, so the context should trust an authority that signs for members of this cluster and nobody else.
     */
    public B tls(SSLContext value) {
        tls = Objects.requireNonNull(value, "tls");
        return self();
    }

    /** Addresses ({@code host:port}) at which other members may be found. Naming this member itself is harmless. */
    public B seeds(String... hostsAndPorts) {
        for (String hostAndPort : hostsAndPorts) {
            seeds.add(Objects.requireNonNull(hostAndPort, "seed"));
        }
        return self();
    }

    /**
     * How many members, this one included, must be alive in the ring before {@code open} returns. Default: two if seeds
     * other than this member are named, else one.
     */
    public B expectMembers(int value) {
        expectMembers = value;
        return self();
    }

    /** On how many members each key is stored; on all of them while there are fewer. Default 3. */
    public B replicationFactor(int value) {
        replicationFactor = value;
        return self();
    }

    /**
     * On how many members of each data centre each key is stored, by the names of the data centres; others hold no
     * copies. Replaces {@link #replicationFactor}, and must be the same on all members.
     */
    public B replication(Map<String, Integer> copiesByDataCenter) {
        replication.clear();
        copiesByDataCenter.forEach((name, copies) ->
                replication.put(Objects.requireNonNull(name, "name"), Objects.requireNonNull(copies, "copies")));
        return self();
    }

    /** Where this member is: members of one data centre reach each other fast. Default {@code dc1}. */
    public B dataCenter(String value) {
        dataCenter = Objects.requireNonNull(value, "dataCenter");
        return self();
    }

    /**
     * What this member shares with neighbours that may fail together with it. Copies are spread over as many racks as
     * there are. Default {@code rack1}.
     */
    public B rack(String value) {
        rack = Objects.requireNonNull(value, "rack");
        return self();
    }

    /** How much this member should hold, compared with others. Default 1. */
    public B weight(double value) {
        weight = value;
        return self();
    }

    /** Into how many partitions the ring is cut: a power of two, the same on all members, fixed for ever. */
    public B partitions(int value) {
        partitions = value;
        return self();
    }

    /** How many tokens a new member takes on the ring. Default 128. */
    public B vnodes(int value) {
        vnodes = value;
        return self();
    }

    /** The level of reads and writes of maps and calls that name none. Default LOCAL_QUORUM for both. */
    public B consistency(ConsistencyLevel read, ConsistencyLevel write) {
        readConsistency = Objects.requireNonNull(read, "read");
        writeConsistency = Objects.requireNonNull(write, "write");
        return self();
    }

    /** What a replica has done with a write before it acknowledges it. Default {@link Durability#PERIODIC}. */
    public B durability(Durability value) {
        durability = Objects.requireNonNull(value, "durability");
        return self();
    }

    /** How often {@link Durability#PERIODIC} syncs the commit log. Default 100 ms. */
    public B syncInterval(Duration value) {
        syncInterval = Objects.requireNonNull(value, "syncInterval");
        return self();
    }

    /** How long one operation may take before it fails. Default 2 s. */
    public B operationTimeout(Duration value) {
        operationTimeout = Objects.requireNonNull(value, "operationTimeout");
        return self();
    }

    /**
     * After how long a read asks one more replica when those it asked have not answered. Default: as long as 99 % of
     * the last reads took, and 30 ms before enough have been measured.
     */
    public B speculativeDelay(Duration value) {
        speculativeDelay = Objects.requireNonNull(value, "speculativeDelay");
        return self();
    }

    /** How long {@code open} waits for the expected members. Default 30 s. */
    public B joinTimeout(Duration value) {
        joinTimeout = Objects.requireNonNull(value, "joinTimeout");
        return self();
    }

    /** How often a member gossips. Default 1 s. */
    public B gossipInterval(Duration value) {
        gossipInterval = Objects.requireNonNull(value, "gossipInterval");
        return self();
    }

    /** The phi at which a silent member is suspected; 8 is about five gossip intervals. Default 8. */
    public B suspicionThreshold(double value) {
        suspicionThreshold = value;
        return self();
    }

    /** The largest encoded key in bytes, at most 65,536, which is the default. */
    public B keyBytesMax(int value) {
        keyBytesMax = value;
        return self();
    }

    /** The largest encoded value in bytes. Default 1 MiB, at most 8 MiB. */
    public B valueBytesMax(int value) {
        valueBytesMax = value;
        return self();
    }

    /**
     * How long a deletion is remembered at least, so that a member that was away does not bring back what was deleted
     * meanwhile. It is forgotten later if not all replicas are known to have it.
     *
     * @param value from one second to 3,650 days; 10 days by default
     */
    public B gcGrace(Duration value) {
        gcGrace = value;
        return self();
    }

    /**
     * How long the writes that a member misses are kept for it as hints, and sent when it is back. What it missed
     * before is left to reads and repair. A hint is never kept as long as {@link #gcGrace}, beyond which it could bring
     * back what was deleted.
     *
     * @param value up to 30 days, 3 hours by default; zero for no hints
     */
    public B hintWindow(Duration value) {
        hintWindow = Objects.requireNonNull(value, "hintWindow");
        return self();
    }

    /**
     * Whether other members may stand in for replicas of a write that cannot be reached, in maps that do not say so
     * themselves. See {@link MapSpec#withSloppyQuorum}, which tells what is lost by that. Default false.
     */
    public B sloppyQuorum(boolean value) {
        sloppyQuorum = value;
        return self();
    }

    /**
     * How long a member may be dead before the others take it out of the ring by themselves and store its keys anew
     * among them. Only a majority of the members does so, so that a network that is split never makes two rings; and
     * only as long as a quorum of the replicas of each key is left. A member that comes back after that joins anew.
     * Should be the same on all members.
     *
     * @param value from one minute to 3,650 days, 3 hours by default; zero for never
     */
    public B removeAfter(Duration value) {
        removeAfter = Objects.requireNonNull(value, "removeAfter");
        return self();
    }

    /**
     * Makes a new member take the place of a dead one in the ring: its tokens, and the keys that it held, which are
     * fetched from the other replicas. The dead one is out of the ring then, and must not be started again. No effect
     * on a member that has its own place already, so that the setting may stay.
     *
     * @param nodeId the dead member's identity, sixteen hexadecimal digits, as {@link Admin#members()} tells it
     */
    public B replaces(String nodeId) {
        replaces = Objects.requireNonNull(nodeId, "nodeId");
        return self();
    }

    /**
     * How often each partition of each map is compared with its other replicas, at least, and what differs is evened
     * out. Deletions older than {@link #gcGrace} are forgotten after a comparison that all replicas took part in.
     *
     * @param value from one minute to 365 days; one day by default
     */
    public B repairInterval(Duration value) {
        repairInterval = Objects.requireNonNull(value, "repairInterval");
        return self();
    }

    /**
     * How fast this member fetches the partitions that it gains when it joins, or when others leave: so much of keys
     * and values in a second. More lets the ring change sooner, less leaves more to those who read and write meanwhile.
     *
     * @param value from 64 KiB to 1 TiB; 16 MiB by default
     */
    public B streamBytesPerSecond(long value) {
        streamBytesPerSecond = value;
        return self();
    }

    /**
     * How many bytes all merges of SSTables may read in a second, roughly, so that they leave the disk to others.
     *
     * @param value at least 1 MiB; 0, the default, for no bound
     */
    public B compactionBytesPerSecond(long value) {
        compactionBytesPerSecond = value;
        return self();
    }

    /**
     * How much memory the memtables of all maps may take together before the largest of them is flushed to disk.
     * Writes go on meanwhile: they are slowed down beyond twice that much, and refused at four times (less than 16 KiB
     * count as that for both). Default 64 MiB.
     */
    public B memtableBytes(long value) {
        memtableBytes = value;
        return self();
    }

    /**
     * The size of one segment of the commit log. Default 16 MiB. The log holds what is not flushed yet, and while it is
     * written to up to three segments more, which are prepared or wait to be used again.
     */
    public B logSegmentBytes(int value) {
        logSegmentBytes = value;
        return self();
    }

    /** The size of an SSTable's data block. Default 4 KiB. */
    public B blockBytes(int value) {
        blockBytes = value;
        return self();
    }

    /** How much memory the cache of SSTable blocks may take; 0 for none. Default 32 MiB. */
    public B blockCacheBytes(long value) {
        blockCacheBytes = value;
        return self();
    }

    /**
     * Whether a store opens although SSTables are missing or cannot be read: their files are put aside, and reading a
     * key that one of them may have held fails, for good if no other member has it. Default false, which refuses such a
     * directory unless it belongs to a member of a mesh whose keys are replicated: that one opens in any case, and is
     * repaired by the others.
     */
    public B openDamaged(boolean value) {
        openDamaged = value;
        return self();
    }

    /** How many requests to one peer, and how many bytes of them, may await their answers. Default 1,000 and 32 MiB. */
    public B inFlightPerPeerMax(int requests, long bytes) {
        inFlightPerPeerMax = requests;
        inFlightBytesPerPeerMax = bytes;
        return self();
    }

    /** Allows objects of these classes (records, plain classes, enums) as values or parts of values. */
    public B register(Class<?>... types) {
        for (Class<?> type : types) {
            registeredTypes.add(Objects.requireNonNull(type, "type"));
        }
        return self();
    }

    /**
     * Checks everything and yields the configuration.
     *
     * @throws InvalidConfigException naming all faults
     */
    protected KvConfig toConfig() {
        List<String> faults = ConfigFaults.of(this);
        if (!faults.isEmpty()) {
            throw new InvalidConfigException(String.join("; ", faults));
        }
        return new KvConfig(this);
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "settings of cluster '%s' in %s", cluster, directory);
    }
}
