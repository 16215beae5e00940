package io.kvmesh.storage.sstable;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Hash128;
import io.kvmesh.model.Key;
import io.kvmesh.model.Murmur3;

/**
 * Tells of most keys that are not in a table that they are not. Filled by one thread, then read by any.
 *
 * <p>Bit {@code i} of a key is chosen by {@code high + i * low} of its hash, mapped onto the filter's bits by
 * multiplication (Kirsch, Mitzenmacher, "Less hashing, same performance", 2006). Part of the SSTable format.
 */
final class BloomFilter {
    static final int BITS_PER_KEY = 10;
    /** The number of probes at which ten bits a key give the fewest false positives. */
    static final int PROBES = 7;

    private final long[] words;
    private final long bits;

    private BloomFilter(long[] words) {
        this.words = words;
        this.bits = (long) words.length * Long.SIZE;
    }

    static BloomFilter forKeys(long keysMax) {
        long bits = Math.max(Long.SIZE, keysMax * BITS_PER_KEY);
        return new BloomFilter(new long[Math.toIntExact((bits + Long.SIZE - 1) / Long.SIZE)]);
    }

    static Hash128 hash(Key key) {
        return Murmur3.hash128(key.bytes());
    }

    void add(Hash128 hash) {
        long probe = hash.high();
        for (int i = 0; i < PROBES; i++) {
            long bit = bitOf(probe);
            words[(int) (bit >>> 6)] |= 1L << bit;
            probe += hash.low();
        }
    }

    boolean mightContain(Hash128 hash) {
        long probe = hash.high();
        for (int i = 0; i < PROBES; i++) {
            long bit = bitOf(probe);
            if ((words[(int) (bit >>> 6)] & 1L << bit) == 0) {
                return false;
            }
            probe += hash.low();
        }
        return true;
    }

    /** The upper 63 bits of the probe, scaled from their range to that of the bits. */
    private long bitOf(long probe) {
        return Math.multiplyHigh(probe >>> 1, bits << 1);
    }

    void encode(ByteWriter writer) {
        writer.putInt(PROBES).putInt(words.length);
        for (long word : words) {
            writer.putLong(word);
        }
    }

    static BloomFilter decode(ByteReader reader) {
        int probes = reader.readInt();
        if (probes != PROBES) {
            throw new MalformedBytesException("a bloom filter with " + probes + " probes");
        }
        long[] words = new long[reader.readCount(Long.BYTES)];
        if (words.length == 0) {
            throw new MalformedBytesException("an empty bloom filter");
        }
        for (int i = 0; i < words.length; i++) {
            words[i] = reader.readLong();
        }
        return new BloomFilter(words);
    }
}
