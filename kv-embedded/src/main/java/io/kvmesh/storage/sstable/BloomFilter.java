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
    private static final int PROBES_MAX = 32;

    private final int probes;
    private final long[] words;
    private final long bits;

    private BloomFilter(int probes, long[] words) {
        this.probes = probes;
        this.words = words;
        this.bits = (long) words.length * Long.SIZE;
    }

    static BloomFilter forKeys(long keysMax, int bitsPerKey) {
        long bits = Math.max(Long.SIZE, Math.multiplyExact(keysMax, bitsPerKey));
        long[] words = new long[Math.toIntExact((bits + Long.SIZE - 1) / Long.SIZE)];
        return new BloomFilter(probesFor(bitsPerKey), words);
    }

    /** The number of probes at which so many bits a key give the fewest false positives. */
    static int probesFor(int bitsPerKey) {
        return (int) Math.max(1, Math.round(bitsPerKey * Math.log(2)));
    }

    long sizeBytes() {
        return (long) words.length * Long.BYTES;
    }

    static Hash128 hash(Key key) {
        return Murmur3.hash128(key.bytes());
    }

    void add(Hash128 hash) {
        long probe = hash.high();
        for (int i = 0; i < probes; i++) {
            long bit = bitOf(probe);
            words[(int) (bit >>> 6)] |= 1L << bit;
            probe += hash.low();
        }
    }

    boolean mightContain(Hash128 hash) {
        long probe = hash.high();
        for (int i = 0; i < probes; i++) {
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
        writer.putInt(probes).putInt(words.length);
        for (long word : words) {
            writer.putLong(word);
        }
    }

    static BloomFilter decode(ByteReader reader) {
        int probes = reader.readInt();
        if (probes < 1 || probes > PROBES_MAX) {
            throw new MalformedBytesException("a bloom filter with " + probes + " probes");
        }
        long[] words = new long[reader.readCount(Long.BYTES)];
        if (words.length == 0) {
            throw new MalformedBytesException("an empty bloom filter");
        }
        for (int i = 0; i < words.length; i++) {
            words[i] = reader.readLong();
        }
        return new BloomFilter(probes, words);
    }
}
