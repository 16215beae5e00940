package io.kvmesh.model;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The hash MurmurHash3_x64_128 with seed 0, by Austin Appleby (public domain). Where keys lie on the ring and which
 * bits a bloom filter sets follow from it, so it must never change. Stateless.
 */
public final class Murmur3 {
    private static final long C1 = 0x87c37b91114253d5L;
    private static final long C2 = 0x4cf5ad432745937fL;
    private static final int BLOCK_BYTES = 16;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private Murmur3() {}

    public static Hash128 hash128(byte[] bytes) {
        return hash128(bytes, 0, bytes.length);
    }

    public static Hash128 hash128(byte[] bytes, int offset, int length) {
        long h1 = 0;
        long h2 = 0;
        int blocks = length / BLOCK_BYTES;
        for (int i = 0; i < blocks; i++) {
            int at = offset + i * BLOCK_BYTES;
            h1 ^= mixK1((long) LONGS.get(bytes, at));
            h1 = Long.rotateLeft(h1, 27) + h2;
            h1 = h1 * 5 + 0x52dce729L;
            h2 ^= mixK2((long) LONGS.get(bytes, at + 8));
            h2 = Long.rotateLeft(h2, 31) + h1;
            h2 = h2 * 5 + 0x38495ab5L;
        }
        int tailAt = offset + blocks * BLOCK_BYTES;
        int tailLength = length - blocks * BLOCK_BYTES;
        if (tailLength > 8) {
            h2 ^= mixK2(littleEndian(bytes, tailAt + 8, tailLength - 8));
        }
        if (tailLength > 0) {
            h1 ^= mixK1(littleEndian(bytes, tailAt, Math.min(8, tailLength)));
        }
        h1 ^= length;
        h2 ^= length;
        h1 += h2;
        h2 += h1;
        h1 = finish(h1);
        h2 = finish(h2);
        h1 += h2;
        h2 += h1;
        return new Hash128(h1, h2);
    }

    private static long littleEndian(byte[] bytes, int offset, int length) {
        long value = 0;
        for (int i = length - 1; i >= 0; i--) {
            value = value << 8 | (bytes[offset + i] & 0xFFL);
        }
        return value;
    }

    private static long mixK1(long k) {
        return Long.rotateLeft(k * C1, 31) * C2;
    }

    private static long mixK2(long k) {
        return Long.rotateLeft(k * C2, 33) * C1;
    }

    private static long finish(long k) {
        long value = k;
        value ^= value >>> 33;
        value *= 0xff51afd7ed558ccdL;
        value ^= value >>> 33;
        value *= 0xc4ceb9fe1a85ec53L;
        value ^= value >>> 33;
        return value;
    }
}
