package io.kvmesh.ring;

import io.kvmesh.model.Hash128;
import io.kvmesh.model.Key;
import io.kvmesh.model.Murmur3;
import io.kvmesh.runtime.Invariants;

/**
 * Cuts the ring into equal partitions and tells a key's partition: the leading bits of the Murmur3-128 hash of the
 * encoded user key. Immutable.
 */
public final class Partitioner {
    private final int partitions;
    private final int partitionBits;

    /** @param partitions a power of two, at most 65,536 */
    public Partitioner(int partitions) {
        Invariants.check(
                partitions > 0 && partitions <= 1 << 16 && Integer.bitCount(partitions) == 1,
                "partitions must be a power of two up to 65,536");
        this.partitions = partitions;
        this.partitionBits = Integer.numberOfTrailingZeros(partitions);
    }

    public int partitions() {
        return partitions;
    }

    /** The storage key of an encoded user key. */
    public Key key(byte[] userKey) {
        return Key.of(partitionOf(userKey), userKey);
    }

    public int partitionOf(byte[] userKey) {
        Hash128 hash = Murmur3.hash128(userKey);
        return partitionBits == 0 ? 0 : (int) (hash.high() >>> (Long.SIZE - partitionBits));
    }

    /** The first position of a partition. */
    public Token startOf(int partition) {
        Invariants.check(partition >= 0 && partition < partitions, "partition out of range");
        return new Token(partitionBits == 0 ? 0 : (long) partition << (Long.SIZE - partitionBits), 0);
    }
}
