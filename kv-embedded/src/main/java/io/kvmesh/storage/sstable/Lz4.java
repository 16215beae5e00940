package io.kvmesh.storage.sstable;

import io.kvmesh.codec.MalformedBytesException;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;

/**
 * The LZ4 block format. Stateless; safe for any thread. The library is loaded by the first use, since its native part
 * costs some 30 ms.
 *
 * <p>The native part is used only where the JVM says nothing about it: up to JDK 23, and later when the application
 * allows native access. Otherwise the part written in Java is, which takes two to three times as long.
 */
final class Lz4 {
    /** From this version of the JDK on, code that loads native libraries without leave brings a warning. */
    private static final int JDK_THAT_WARNS = 24;
    /** LZ4 cannot say more than that with one byte. */
    private static final int RATIO_MAX = 255;

    private Lz4() {}

    private static final class Loaded {
        static final LZ4Compressor COMPRESSOR;
        static final LZ4SafeDecompressor DECOMPRESSOR;

        static {
            LZ4Factory factory = isNativeQuiet() ? LZ4Factory.fastestInstance() : LZ4Factory.safeInstance();
            COMPRESSOR = factory.fastCompressor();
            DECOMPRESSOR = factory.safeDecompressor();
        }
    }

    private static boolean isNativeQuiet() {
        if (Runtime.version().feature() < JDK_THAT_WARNS) {
            return true;
        }
        try {
            Object enabled = Module.class.getMethod("isNativeAccessEnabled").invoke(LZ4Factory.class.getModule());
            return Boolean.TRUE.equals(enabled);
        } catch (ReflectiveOperationException e) {
            // Cannot be asked, so the way that needs no leave is taken.
            return false;
        }
    }

    /** What the given number of bytes takes at most. */
    static int compressedBytesMax(int length) {
        return Loaded.COMPRESSOR.maxCompressedLength(length);
    }

    /** Compresses into an array with room for {@link #compressedBytesMax} and returns the compressed length. */
    static int compress(byte[] source, int length, byte[] target) {
        return Loaded.COMPRESSOR.compress(source, 0, length, target, 0);
    }

    /** Whether so many compressed bytes can stand for so many others. */
    static boolean canHold(int compressedBytes, long length) {
        return length > 0 && length <= (long) compressedBytes * RATIO_MAX;
    }

    /** Restores exactly so many bytes at the beginning of the target. */
    static void decompress(byte[] source, int offset, int compressedBytes, byte[] target, int length) {
        int restored;
        try {
            restored = Loaded.DECOMPRESSOR.decompress(source, offset, compressedBytes, target, 0, length);
        } catch (LZ4Exception e) {
            throw new MalformedBytesException("a block cannot be decompressed: " + e.getMessage());
        }
        if (restored != length) {
            throw new MalformedBytesException("a block of " + length + " bytes is " + restored + " bytes decompressed");
        }
    }
}
