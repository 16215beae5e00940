package io.kvmesh.storage.sstable;

import io.kvmesh.api.Compression;
import io.kvmesh.codec.MalformedBytesException;

/** Compresses blocks and restores them. Stateless; safe for any thread. */
final class Compressors {
    private static final int CODE_NONE = 0;
    private static final int CODE_LZ4 = 1;
    private static final int CODE_ZSTD = 2;

    private Compressors() {}

    /** What stands for a compression in files. */
    static int code(Compression compression) {
        return switch (compression) {
            case NONE -> CODE_NONE;
            case LZ4 -> CODE_LZ4;
            case ZSTD -> CODE_ZSTD;
        };
    }

    static Compression ofCode(int code) {
        return switch (code) {
            case CODE_NONE -> Compression.NONE;
            case CODE_LZ4 -> Compression.LZ4;
            case CODE_ZSTD -> Compression.ZSTD;
            default -> throw new MalformedBytesException("unknown compression " + code);
        };
    }

    /** What the given number of bytes takes at most. */
    static int compressedBytesMax(Compression compression, int length) {
        return switch (compression) {
            case NONE -> length;
            case LZ4 -> Lz4.compressedBytesMax(length);
            case ZSTD -> Zstd.compressedBytesMax(length);
        };
    }

    /** Compresses into an array with room for {@link #compressedBytesMax} and returns the compressed length. */
    static int compress(Compression compression, byte[] source, int length, byte[] target) {
        return switch (compression) {
            case NONE -> throw new IllegalArgumentException("blocks without compression are written as they are");
            case LZ4 -> Lz4.compress(source, length, target);
            case ZSTD -> Zstd.compress(source, length, target);
        };
    }

    /** Whether so many compressed bytes can stand for so many others. */
    static boolean canHold(Compression compression, int compressedBytes, long length) {
        return switch (compression) {
            case NONE -> length == compressedBytes;
            case LZ4 -> Lz4.canHold(compressedBytes, length);
            case ZSTD -> Zstd.canHold(compressedBytes, length);
        };
    }

    /** Restores exactly so many bytes at the beginning of the target. */
    static void decompress(
            Compression compression, byte[] source, int offset, int compressedBytes, byte[] target, int length) {
        switch (compression) {
            case NONE -> System.arraycopy(source, offset, target, 0, length);
            case LZ4 -> Lz4.decompress(source, offset, compressedBytes, target, length);
            case ZSTD -> Zstd.decompress(source, offset, compressedBytes, target, length);
        }
    }
}
