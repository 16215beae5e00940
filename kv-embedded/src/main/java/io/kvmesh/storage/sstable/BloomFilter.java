package io.kvmesh.storage.sstable;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Key;
import io.kvmesh.model.Murmur3;
import java.util.Arrays;

/**
 * Tells of most keys that are not in a table that they are not. Immutable.
 *
 * <p>The filter consists of groups of 1,024 bits, and all bits of a key lie in one group, so that asking for a key
 * costs one miss of the processor's cache, not one for each bit (Putze, Sanders, Singler, "Cache-, Hash- and
 * Space-Efficient Bloom Filters", 2007). Some groups get more keys than others; up to ten bits for each key that costs
 * less than a tenth of the rate of false positives. Part of the SSTable format.
 */
final class BloomFilter {
    private static final int PROBES_MAX = 32;
    static final int GROUP_WORDS = 16;
    private static final int GROUP_BITS_LOG = 10;
    /** Odd, so that multiplying loses nothing, and with bits in all places, so that the upper ones depend on all. */
    private static final long SPREAD = 0x9FB21C651E98DF25L;

    private final int probes;
    private final long[] words;
    private final long groups;

    private BloomFilter(int probes, long[] words) {
        this.probes = probes;
        this.words = words;
        this.groups = words.length / GROUP_WORDS;
    }

    /** The number of probes at which so many bits a key give the fewest false positives. */
    static int probesFor(int bitsPerKey) {
        return (int) Math.max(1, Math.round(bitsPerKey * Math.log(2)));
    }

    private static long words(long keys, int bitsPerKey) {
        long bits = Math.multiplyExact(Math.max(1, keys), (long) bitsPerKey);
        return (((bits - 1) >> GROUP_BITS_LOG) + 1) * GROUP_WORDS;
    }

    long sizeBytes() {
        return (long) words.length * Long.BYTES;
    }

    /** What the filter knows a key by. */
    static long hash(Key key) {
        return hash(key.bytes(), key.length());
    }

    static long hash(byte[] key, int keyLength) {
        return Murmur3.hash128(key, 0, keyLength).high();
    }

    private void add(long hash) {
        int group = groupOf(hash);
        long probe = hash;
        for (int i = 0; i < probes; i++) {
            probe *= SPREAD;
            int bit = (int) (probe >>> (Long.SIZE - GROUP_BITS_LOG));
            words[group + (bit >>> 6)] |= 1L << bit;
        }
    }

    boolean mightContain(long hash) {
        int group = groupOf(hash);
        long probe = hash;
        long present = 1;
        // All bits, whether one is missing or not: where to stop early cannot be predicted, and costs more.
        for (int i = 0; i < probes; i++) {
            probe *= SPREAD;
            int bit = (int) (probe >>> (Long.SIZE - GROUP_BITS_LOG));
            present &= words[group + (bit >>> 6)] >>> bit;
        }
        return present != 0;
    }

    /** Where the words of a key's group begin: the upper 63 bits of the hash, scaled to the number of groups. */
    private int groupOf(long hash) {
        return (int) Math.multiplyHigh(hash >>> 1, groups << 1) * GROUP_WORDS;
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
        if (words.length == 0 || words.length % GROUP_WORDS != 0) {
            throw new MalformedBytesException("a bloom filter of " + words.length + " words");
        }
        for (int i = 0; i < words.length; i++) {
            words[i] = reader.readLong();
        }
        return new BloomFilter(probes, words);
    }

    /**
     * Collects the hashes of keys, so that the filter is as large as the keys are many, which is known at the end only.
     * Takes eight bytes for each key. Not safe for several threads.
     */
    static final class Builder {
        private final int bitsPerKey;
        private long[] hashes = new long[64];
        private int count;

        Builder(int bitsPerKey) {
            this.bitsPerKey = bitsPerKey;
        }

        void add(long hash) {
            if (count == hashes.length) {
                hashes = Arrays.copyOf(hashes, Math.multiplyExact(2, count));
            }
            hashes[count++] = hash;
        }

        /** What the filter will take. */
        long sizeBytes() {
            return words(count, bitsPerKey) * Long.BYTES;
        }

        BloomFilter build() {
            BloomFilter filter =
                    new BloomFilter(probesFor(bitsPerKey), new long[Math.toIntExact(words(count, bitsPerKey))]);
            for (int i = 0; i < count; i++) {
                filter.add(hashes[i]);
            }
            return filter;
        }
    }
}
