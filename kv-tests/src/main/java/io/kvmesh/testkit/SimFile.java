package io.kvmesh.testkit;

import io.kvmesh.runtime.RandomSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a file, whatever its names are: as the process sees them, and as stable storage has them. Confined to
 * the simulation's thread.
 *
 * <p>Bytes are kept in pages. Before a page is changed for the first time after a sync, its stable content is put
 * aside; a sync forgets what was put aside, and a loss of power brings some of it back.
 */
final class SimFile {
    static final int PAGE_BYTES = 4_096;
    /** What a disk writes at once: a page may be torn only between two of these. */
    static final int SECTOR_BYTES = 512;

    private static final byte[] ZEROS = new byte[PAGE_BYTES];

    /** Null stands for a page of zeros. */
    private final List<byte @Nullable []> pages = new ArrayList<>();

    private final TreeMap<Integer, byte[]> stablePages = new TreeMap<>();
    /**
     * The stable content of pages that a failed sync left behind: no later sync brings them to stable storage, unless
     * they are written again.
     */
    private final TreeMap<Integer, byte[]> lostPages = new TreeMap<>();

    private long sizeBytes;
    private long stableSizeBytes;
    private boolean sizeIsLost;
    private int names;
    private int handles;

    long sizeBytes() {
        return sizeBytes;
    }

    boolean hasUnsyncedBytes() {
        return sizeBytes != stableSizeBytes || !stablePages.isEmpty() || !lostPages.isEmpty();
    }

    void named() {
        names++;
    }

    void unnamed() {
        names--;
    }

    void unnamedAll() {
        names = 0;
    }

    void opened() {
        handles++;
    }

    void closed() {
        handles--;
    }

    /** The process that had the file open is dead. */
    void handlesVanish() {
        handles = 0;
    }

    /** Whether neither a name nor a handle leads to this file, so that its space is free. */
    boolean isGone() {
        return names == 0 && handles == 0;
    }

    void grow(long newSizeBytes) {
        sizeBytes = Math.max(sizeBytes, newSizeBytes);
        int pageCount = Math.toIntExact((sizeBytes + PAGE_BYTES - 1) / PAGE_BYTES);
        while (pages.size() < pageCount) {
            pages.add(null);
        }
    }

    void write(long position, byte[] bytes, int offset, int length) {
        grow(position + length);
        int done = 0;
        while (done < length) {
            int page = (int) ((position + done) / PAGE_BYTES);
            int start = (int) ((position + done) % PAGE_BYTES);
            int count = Math.min(length - done, PAGE_BYTES - start);
            System.arraycopy(bytes, offset + done, writablePage(page), start, count);
            done += count;
        }
    }

    void read(long position, byte[] target, int offset, int length) {
        int done = 0;
        while (done < length) {
            int page = (int) ((position + done) / PAGE_BYTES);
            int start = (int) ((position + done) % PAGE_BYTES);
            int count = Math.min(length - done, PAGE_BYTES - start);
            System.arraycopy(page(page), start, target, offset + done, count);
            done += count;
        }
    }

    /** Changes bits where they lie: stable content too, as a failing medium does. */
    void flip(long position, int mask) {
        int page = (int) (position / PAGE_BYTES);
        int start = (int) (position % PAGE_BYTES);
        byte[] content = page(page).clone();
        content[start] ^= (byte) mask;
        pages.set(page, content);
    }

    void sync() {
        stablePages.clear();
        if (!sizeIsLost) {
            stableSizeBytes = sizeBytes;
        }
    }

    /** The pages count as clean from here on, but they are not on stable storage, as on Linux. */
    void syncFailed() {
        stablePages.forEach(lostPages::putIfAbsent);
        stablePages.clear();
        sizeIsLost = sizeIsLost || sizeBytes != stableSizeBytes;
    }

    /** Leaves what a loss of power leaves: the synced bytes, and of the others what chance had brought to the disk. */
    void losePower(RandomSource random) {
        lostPages.forEach(stablePages::put);
        lostPages.clear();
        sizeIsLost = false;
        int fate = random.nextInt(4);
        long keptSizeBytes = keptSizeBytes(fate, random);
        stablePages.forEach((page, stable) -> pages.set(page, pageAfterPowerLoss(fate, page, stable, random)));
        stablePages.clear();
        truncate(keptSizeBytes);
    }

    /** One in four times nothing unsynced is left, one in four everything, else a bit of it. */
    private long keptSizeBytes(int fate, RandomSource random) {
        long unsyncedBytes = sizeBytes - stableSizeBytes;
        return switch (fate) {
            case 0 -> stableSizeBytes;
            case 1 -> sizeBytes;
            default -> stableSizeBytes + random.nextLong(unsyncedBytes + 1);
        };
    }

    private byte[] pageAfterPowerLoss(int fate, int page, byte[] stable, RandomSource random) {
        byte[] written = page(page);
        if (fate == 0) {
            return stable;
        }
        if (fate == 1) {
            return written;
        }
        int sectorsPerPage = PAGE_BYTES / SECTOR_BYTES;
        // Most pages are written whole or not at all; some are torn between two sectors.
        int writtenSectors =
                random.chance(0.3) ? random.nextInt(sectorsPerPage + 1) : random.nextInt(2) * sectorsPerPage;
        byte[] mixed = stable.clone();
        System.arraycopy(written, 0, mixed, 0, writtenSectors * SECTOR_BYTES);
        return mixed;
    }

    private void truncate(long newSizeBytes) {
        sizeBytes = newSizeBytes;
        stableSizeBytes = newSizeBytes;
        int pageCount = Math.toIntExact((newSizeBytes + PAGE_BYTES - 1) / PAGE_BYTES);
        pages.subList(pageCount, pages.size()).clear();
        int lastBytes = (int) (newSizeBytes % PAGE_BYTES);
        if (lastBytes > 0) {
            byte[] last = page(pageCount - 1).clone();
            Arrays.fill(last, lastBytes, PAGE_BYTES, (byte) 0);
            pages.set(pageCount - 1, last);
        }
    }

    private byte[] page(int page) {
        byte[] content = pages.get(page);
        return content == null ? ZEROS : content;
    }

    private byte[] writablePage(int page) {
        byte[] content = pages.get(page);
        if (!stablePages.containsKey(page)) {
            // A page that a failed sync left behind is as good as any once it is written again.
            byte[] lost = lostPages.remove(page);
            byte[] present = content == null ? ZEROS : content;
            stablePages.put(page, lost == null ? present : lost);
            content = content == null ? new byte[PAGE_BYTES] : content.clone();
            pages.set(page, content);
        }
        if (content == null) {
            throw new IllegalStateException("page " + page + " was put aside but not replaced");
        }
        return content;
    }
}
