package io.kvmesh.storage.sstable;

import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import io.kvmesh.api.StoreException;
import io.kvmesh.codec.MalformedBytesException;
import java.util.concurrent.ArrayBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * The Zstandard format, one frame for a block, through a library that the application has to add. Safe for any thread.
 * The library is loaded by the first use.
 */
final class Zstd {
    /** Higher levels take much more time for blocks that are a little smaller. */
    private static final int LEVEL = 3;
    /** Of each kind. One takes some 100 KiB outside of the heap. */
    private static final int CONTEXTS_KEPT_MAX = 16;
    /** A block of 128 KiB of one byte takes four bytes and its frame. */
    private static final int RATIO_MAX = 1 << 16;

    private Zstd() {}

    /** Touches the library for the first time. */
    private static final class Presence {
        /** Why it cannot be used; null if it can. */
        static final @Nullable String PROBLEM = problem();

        private Presence() {}

        private static @Nullable String problem() {
            try {
                byte[] source = new byte[1];
                byte[] target = new byte[Library.compressBound(source.length)];
                return Library.compress(source, source.length, target) > 0 ? null : "it does not compress";
            } catch (NoClassDefFoundError e) {
                return "it is not on the class path";
            } catch (LinkageError e) {
                return "its native part cannot be loaded: " + e;
            }
        }
    }

    /**
     * What uses the library. The contexts that it works in are kept for the next one who needs them, since to make one
     * takes several times what a block takes; nothing of a block stays in them.
     */
    private static final class Library {
        private static final ArrayBlockingQueue<ZstdCompressCtx> COMPRESSING =
                new ArrayBlockingQueue<>(CONTEXTS_KEPT_MAX);
        private static final ArrayBlockingQueue<ZstdDecompressCtx> DECOMPRESSING =
                new ArrayBlockingQueue<>(CONTEXTS_KEPT_MAX);

        private Library() {}

        static int compressBound(int length) {
            return Math.toIntExact(com.github.luben.zstd.Zstd.compressBound(length));
        }

        static int compress(byte[] source, int length, byte[] target) {
            ZstdCompressCtx kept = COMPRESSING.poll();
            ZstdCompressCtx context = kept != null ? kept : new ZstdCompressCtx().setLevel(LEVEL);
            try {
                return context.compressByteArray(target, 0, target.length, source, 0, length);
            } catch (ZstdException e) {
                throw new StoreException("compressing a block failed: " + e.getMessage(), e);
            } finally {
                if (!COMPRESSING.offer(context)) {
                    context.close();
                }
            }
        }

        static int decompress(byte[] source, int offset, int compressedBytes, byte[] target, int length) {
            ZstdDecompressCtx kept = DECOMPRESSING.poll();
            ZstdDecompressCtx context = kept != null ? kept : new ZstdDecompressCtx();
            try {
                return context.decompressByteArray(target, 0, length, source, offset, compressedBytes);
            } catch (ZstdException e) {
                throw new MalformedBytesException("a block cannot be decompressed: " + e.getMessage());
            } finally {
                if (!DECOMPRESSING.offer(context)) {
                    context.close();
                }
            }
        }
    }

    /**
     * Refuses what needs the library if it is not there.
     *
     * @throws StoreException naming what needs it, and what to add
     */
    static void require(String user) {
        if (Presence.PROBLEM != null) {
            throw new StoreException(user + " needs the library com.github.luben:zstd-jni for compression ZSTD, but "
                    + Presence.PROBLEM + ": add the Maven dependency com.github.luben:zstd-jni to the application");
        }
    }

    static int compressedBytesMax(int length) {
        require("writing an SSTable");
        return Library.compressBound(length);
    }

    static int compress(byte[] source, int length, byte[] target) {
        return Library.compress(source, length, target);
    }

    static boolean canHold(int compressedBytes, long length) {
        return length > 0 && length <= (long) compressedBytes * RATIO_MAX;
    }

    static void decompress(byte[] source, int offset, int compressedBytes, byte[] target, int length) {
        require("an SSTable");
        int restored = Library.decompress(source, offset, compressedBytes, target, length);
        if (restored != length) {
            throw new MalformedBytesException("a block of " + length + " bytes is " + restored + " bytes decompressed");
        }
    }
}
