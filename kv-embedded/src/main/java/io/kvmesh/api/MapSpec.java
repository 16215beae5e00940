package io.kvmesh.api;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * What a map is: its name and the types of its keys and values. Immutable. The first member that opens a map fixes its
 * specification for all; opening it with another one fails with {@link MapSpecMismatchException}.
 *
 * <p>What concerns SSTables and levels is each member's own. What concerns SSTables may differ from member to member
 * and from opening to opening; what is empty stays as it was chosen before, and at first is size-tiered, LZ4, and ten
 * bits. Levels are those of the map that this opening yields.
 *
 * @param name 1 to 64 characters out of {@code A-Z a-z 0-9 _ . -}
 * @param compaction how this member merges the map's SSTables from now on
 * @param compression how this member compresses the SSTables that it writes from now on
 * @param bloomBitsPerKey how large the bloom filters of these are, 1 to {@value #BLOOM_BITS_PER_KEY_MAX}: they are kept
 *     in memory, and ten bits let a look-up search 0.8 % of the tables in vain that do not have its key
 * @param readConsistency the level of this member's reads that name none; empty for that of the store
 * @param writeConsistency the level of this member's writes that name none; empty for that of the store
 * @param sloppyQuorum whether others may stand in for replicas of this member's writes, see {@link #withSloppyQuorum};
 *     empty for what the store's settings say
 */
public record MapSpec<K, V>(
        String name,
        Class<K> keyType,
        Class<V> valueType,
        Optional<Compaction> compaction,
        Optional<Compression> compression,
        OptionalInt bloomBitsPerKey,
        Optional<ConsistencyLevel> readConsistency,
        Optional<ConsistencyLevel> writeConsistency,
        Optional<Boolean> sloppyQuorum) {
    public static final int BLOOM_BITS_PER_KEY_MAX = 32;

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.-]{1,64}");

    public MapSpec {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(keyType, "keyType");
        Objects.requireNonNull(valueType, "valueType");
        Objects.requireNonNull(compaction, "compaction");
        Objects.requireNonNull(compression, "compression");
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "map name '" + name + "' must be 1 to 64 characters out of A-Z a-z 0-9 _ . -");
        }
        if (keyType.isPrimitive() || valueType.isPrimitive()) {
            throw new IllegalArgumentException(
                    "map '" + name + "' must name object types, such as Long.class instead of long.class");
        }
        Objects.requireNonNull(readConsistency, "readConsistency");
        Objects.requireNonNull(writeConsistency, "writeConsistency");
        Objects.requireNonNull(sloppyQuorum, "sloppyQuorum");
        readConsistency.ifPresent(MapSpec::requireForReads);
        bloomBitsPerKey.ifPresent(MapSpec::requireBloomBitsPerKey);
    }

    public static <K, V> MapSpec<K, V> of(String name, Class<K> keyType, Class<V> valueType) {
        return new MapSpec<>(
                name,
                keyType,
                valueType,
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    /** The same map, with its SSTables merged like this on this member. */
    public MapSpec<K, V> withCompaction(Compaction chosen) {
        return new MapSpec<>(
                name,
                keyType,
                valueType,
                Optional.of(chosen),
                compression,
                bloomBitsPerKey,
                readConsistency,
                writeConsistency,
                sloppyQuorum);
    }

    /** The same map, with its SSTables compressed like this on this member, once they are written or merged anew. */
    public MapSpec<K, V> withCompression(Compression chosen) {
        return new MapSpec<>(
                name,
                keyType,
                valueType,
                compaction,
                Optional.of(chosen),
                bloomBitsPerKey,
                readConsistency,
                writeConsistency,
                sloppyQuorum);
    }

    /**
     * The same map, with bloom filters of this size on this member, once its SSTables are written or merged anew.
     *
     * @throws IllegalArgumentException if it is not 1 to {@value #BLOOM_BITS_PER_KEY_MAX}
     */
    public MapSpec<K, V> withBloomBitsPerKey(int bits) {
        return new MapSpec<>(
                name,
                keyType,
                valueType,
                compaction,
                compression,
                OptionalInt.of(bits),
                readConsistency,
                writeConsistency,
                sloppyQuorum);
    }

    /**
     * The same map, with these levels for the reads and writes of this member that name none.
     *
     * @throws IllegalArgumentException if keys cannot be read at the first one
     */
    public MapSpec<K, V> withConsistency(ConsistencyLevel read, ConsistencyLevel write) {
        return new MapSpec<>(
                name,
                keyType,
                valueType,
                compaction,
                compression,
                bloomBitsPerKey,
                Optional.of(read),
                Optional.of(write),
                sloppyQuorum);
    }

    /**
     * The same map, whose writes on this member are always possible, or never so at the price of a read that misses
     * them. When fewer replicas can be reached than a write's level asks for, or do not answer within half of its
     * time, the members next on the ring keep it for them as hints on stable storage, and each of these counts for one
     * replica. They pass it on when the replicas are back. Nobody who is a replica of the key stands in for another
     * one, so a ring needs more members than there are copies for this to make a difference. At
     * {@link ConsistencyLevel#LOCAL_QUORUM} and the other levels that are about data centres, a replica's stand-in is
     * in the same one.
     *
     * <p>Guaranteed: a write that returned is on as many different members' disks as its level says.
     *
     * <p>Not guaranteed, where a strict quorum does: a read sees the write only after it was passed on, also when both
     * are at {@link ConsistencyLevel#QUORUM}, since reads ask replicas only. A write that others keep may lose to an
     * earlier one if the clocks of their members differ by more than the time between the two. It is lost if all
     * members that have it lose their disks, or if the replicas stay away for longer than
     * {@link KvSettings#hintWindow}; for a replica that has been away for longer, nobody stands in. Conditional
     * methods never count hints.
     */
    public MapSpec<K, V> withSloppyQuorum(boolean sloppy) {
        return new MapSpec<>(
                name,
                keyType,
                valueType,
                compaction,
                compression,
                bloomBitsPerKey,
                readConsistency,
                writeConsistency,
                Optional.of(sloppy));
    }

    /** Whether both name the same map with the same types. */
    public boolean isSameMap(MapSpec<?, ?> other) {
        return name.equals(other.name) && keyType.equals(other.keyType) && valueType.equals(other.valueType);
    }

    private static void requireForReads(ConsistencyLevel level) {
        if (!level.isForReads()) {
            throw new IllegalArgumentException("keys cannot be read at " + level + ", which is for writes only");
        }
    }

    private static void requireBloomBitsPerKey(int bits) {
        if (bits < 1 || bits > BLOOM_BITS_PER_KEY_MAX) {
            throw new IllegalArgumentException(
                    "bloomBitsPerKey " + bits + " must be between 1 and " + BLOOM_BITS_PER_KEY_MAX);
        }
    }
}
