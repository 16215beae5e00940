package io.kvmesh.api;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Collects what is wrong with settings, a sentence each. Confined to one call. */
final class ConfigFaults {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,64}");
    private static final Pattern NODE_ID = Pattern.compile("[0-9a-f]{16}");
    private static final Pattern SEED = Pattern.compile("(.+):(\\d{1,5})");
    private static final int PORT_MAX = 65_535;

    private final List<String> faults = new ArrayList<>();

    private ConfigFaults() {}

    static List<String> of(KvSettings<?> settings) {
        ConfigFaults collector = new ConfigFaults();
        collector.checkPlace(settings);
        collector.checkReplication(settings);
        collector.checkTimes(settings);
        collector.checkSizes(settings);
        return collector.faults;
    }

    private void checkPlace(KvSettings<?> settings) {
        require(settings.directory != null, "directory is required");
        require(
                settings.cluster.isEmpty() || NAME.matcher(settings.cluster).matches(),
                "cluster '" + settings.cluster + "' must be 1 to 64 characters out of A-Z a-z 0-9 _ . -");
        for (String seed : settings.seeds) {
            boolean wellFormed = SEED.matcher(seed).matches()
                    && Integer.parseInt(seed.substring(seed.lastIndexOf(':') + 1)) <= PORT_MAX;
            require(wellFormed, "seed '" + seed + "' must be host:port");
        }
        String host = settings.bindHost;
        if (host == null) {
            require(settings.seeds.isEmpty(), "seeds are given but no bind address; call bind(host, port)");
            require(settings.tls == null, "tls is given but no bind address; call bind(host, port)");
            require(settings.replaces == null, "replaces is given but no bind address; call bind(host, port)");
            require(settings.expectMembers <= 1, "expectMembers is given but no bind address; call bind(host, port)");
            return;
        }
        require(!settings.cluster.isEmpty(), "cluster is required once bind is called");
        require(
                settings.bindPort >= 0 && settings.bindPort <= PORT_MAX,
                "bind port " + settings.bindPort + " must be between 0 and " + PORT_MAX);
        checkReach(host, settings.tls != null);
    }

    private void checkReach(String host, boolean authenticated) {
        try {
            require(
                    authenticated || InetAddress.getByName(host).isLoopbackAddress(),
                    "bind host '" + host + "' is not a loopback address, and members do not authenticate each other: "
                            + "call tls(SSLContext)");
        } catch (UnknownHostException e) {
            faults.add("bind host '" + host + "' cannot be resolved");
        }
    }

    private void checkReplication(KvSettings<?> settings) {
        between("replicationFactor", settings.replicationFactor, 1, KvConfig.REPLICATION_FACTOR_MAX);
        between("vnodes", settings.vnodes, 1, KvConfig.VNODES_MAX);
        between("partitions", settings.partitions, 1, KvConfig.PARTITIONS_MAX);
        require(
                Integer.bitCount(settings.partitions) == 1,
                "partitions " + settings.partitions + " must be a power of two");
        between("expectMembers", settings.expectMembers, 0, KvConfig.MEMBERS_MAX);
        checkDataCenters(settings);
        require(
                settings.readConsistency.isForReads(),
                "read consistency " + settings.readConsistency + " is for writes only");
        checkLevel("read", settings.readConsistency, settings);
        checkLevel("write", settings.writeConsistency, settings);
    }

    private void checkDataCenters(KvSettings<?> settings) {
        checkName("dataCenter", settings.dataCenter);
        checkName("rack", settings.rack);
        require(
                settings.weight >= KvConfig.WEIGHT_MIN && settings.weight <= KvConfig.WEIGHT_MAX,
                "weight " + settings.weight + " must be between " + KvConfig.WEIGHT_MIN + " and "
                        + KvConfig.WEIGHT_MAX);
        String replaced = settings.replaces;
        require(
                replaced == null || NODE_ID.matcher(replaced).matches(),
                "replaces '" + replaced + "' must be the identity of a member: 16 hexadecimal digits");
        between("data centres in replication", settings.replication.size(), 0, KvConfig.DATA_CENTERS_MAX);
        settings.replication.forEach((name, copies) -> {
            checkName("data centre", name);
            between("replication of data centre " + name, copies, 1, KvConfig.REPLICATION_FACTOR_MAX);
        });
    }

    private void checkName(String what, String name) {
        require(
                NAME.matcher(name).matches(),
                what + " '" + name + "' must be 1 to 64 characters out of A-Z a-z 0-9 _ . -");
    }

    private void checkLevel(String what, ConsistencyLevel level, KvSettings<?> settings) {
        if (settings.replication.isEmpty()) {
            int factor = settings.replicationFactor;
            require(
                    level.required(factor) <= factor,
                    what + " consistency " + level + " can never be reached with replicationFactor " + factor);
            return;
        }
        int copies = 0;
        for (int ofOne : settings.replication.values()) {
            copies += ofOne;
        }
        boolean reachable = level.isLocal()
                ? settings.replication.containsKey(settings.dataCenter)
                : level.required(copies) <= copies;
        require(
                reachable,
                what + " consistency " + level + " can never be reached in data centre " + settings.dataCenter
                        + " with replication " + settings.replication);
    }

    private void checkTimes(KvSettings<?> settings) {
        between("syncInterval", settings.syncInterval, Duration.ofMillis(1), Duration.ofMinutes(1));
        between("gcGrace", settings.gcGrace, Duration.ofSeconds(1), Duration.ofDays(3_650));
        between("hintWindow", settings.hintWindow, Duration.ZERO, Duration.ofDays(30));
        if (!settings.removeAfter.isZero()) {
            between("removeAfter", settings.removeAfter, Duration.ofMinutes(1), Duration.ofDays(3_650));
        }
        between("repairInterval", settings.repairInterval, Duration.ofMinutes(1), Duration.ofDays(365));
        between("operationTimeout", settings.operationTimeout, Duration.ofMillis(1), Duration.ofMinutes(10));
        Duration delay = settings.speculativeDelay;
        if (delay != null) {
            between("speculativeDelay", delay, Duration.ofMillis(1), Duration.ofMinutes(10));
        }
        between("joinTimeout", settings.joinTimeout, Duration.ofMillis(1), Duration.ofHours(1));
        between("gossipInterval", settings.gossipInterval, Duration.ofMillis(10), Duration.ofMinutes(1));
        require(
                settings.suspicionThreshold >= 1 && settings.suspicionThreshold <= 100,
                "suspicionThreshold " + settings.suspicionThreshold + " must be between 1 and 100");
    }

    private void checkSizes(KvSettings<?> settings) {
        between("keyBytesMax", settings.keyBytesMax, 16, KvConfig.KEY_BYTES_LIMIT);
        between("valueBytesMax", settings.valueBytesMax, 16, KvConfig.VALUE_BYTES_LIMIT);
        between("memtableBytes", settings.memtableBytes, 1_024, 1L << 30);
        between("logSegmentBytes", settings.logSegmentBytes, 4_096, 1L << 30);
        long largestRecord = (long) settings.keyBytesMax + settings.valueBytesMax + KvConfig.RECORD_OVERHEAD_BYTES;
        require(
                settings.logSegmentBytes >= largestRecord,
                "logSegmentBytes " + settings.logSegmentBytes + " must hold the largest record, " + largestRecord
                        + " bytes with these keyBytesMax and valueBytesMax");
        between(
                "streamBytesPerSecond",
                settings.streamBytesPerSecond,
                KvConfig.STREAM_BYTES_PER_SECOND_MIN,
                KvConfig.STREAM_BYTES_PER_SECOND_MAX);
        if (settings.compactionBytesPerSecond != 0) {
            between("compactionBytesPerSecond", settings.compactionBytesPerSecond, 1 << 20, 1L << 40);
        }
        between("blockBytes", settings.blockBytes, 128, 1 << 20);
        between("blockCacheBytes", settings.blockCacheBytes, 0, 1L << 40);
        between("inFlightPerPeerMax requests", settings.inFlightPerPeerMax, 1, 2_000);
        between("inFlightPerPeerMax bytes", settings.inFlightBytesPerPeerMax, 1_024, 1L << 32);
    }

    private void between(String name, long value, long low, long high) {
        require(value >= low && value <= high, name + " " + value + " must be between " + low + " and " + high);
    }

    private void between(String name, Duration value, Duration low, Duration high) {
        require(
                value.compareTo(low) >= 0 && value.compareTo(high) <= 0,
                name + " " + value + " must be between " + low + " and " + high);
    }

    private void require(boolean condition, String fault) {
        if (!condition) {
            faults.add(fault);
        }
    }
}
