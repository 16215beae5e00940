package io.kvmesh.testkit;

import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.FileSystem.FileLockedException;
import io.kvmesh.runtime.RandomSource;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The disk of a simulated member, in memory: it outlives the member's processes. Confined to the simulation's thread.
 *
 * <p>The fault model:
 *
 * <ol>
 *   <li>{@link #crashProcess()} leaves everything that was written, ends all open files and frees all locks.
 *   <li>{@link #losePower()} leaves, besides, only what was synced for sure. Of unsynced bytes of a file survives
 *   nothing, everything, or a part: pages each by chance, some torn between two sectors, and any length from the synced
 *   to the written one. Of unsynced names see {@link SimNamespace}.
 *   <li>{@link #faults()} makes calls fail, and the process crash in the middle of one; {@link #limitBytes} fills the
 *   disk, {@link #flipBits} damages what lies on it, {@link #use} makes it slow.
 * </ol>
 */
public final class SimDisk {
    /** The size of a disk that was not limited. */
    static final long BYTES_MAX_DEFAULT = 1L << 50;

    private final RandomSource random;
    private final SimIo io;
    private final SimNamespace names = new SimNamespace();
    private final Map<Path, SimFileSystem> locks = new HashMap<>();
    private final TreeMap<Path, NodeRecords> nodeRecords = new TreeMap<>();
    private final TreeMap<Path, HintRecords> hintRecords = new TreeMap<>();
    private long bytesMax = BYTES_MAX_DEFAULT;
    private long usedBytes;
    private int openHandles;
    /** Which mount is valid: a crash ends all earlier ones. */
    private long mountNumber;

    /** @param random decides what a loss of power leaves */
    public SimDisk(RandomSource random) {
        this.random = random;
        io = new SimIo(this, random.split());
    }

    /** The files on this disk for a process; they end with {@link #crashProcess()}. */
    public FileSystem mount() {
        return new SimFileSystem(this, mountNumber);
    }

    /** Leaves what kill -9 of the process leaves. */
    public void crashProcess() {
        mountNumber++;
        openHandles = 0;
        locks.clear();
        names.files().forEach(SimFile::handlesVanish);
        countUsedBytes();
    }

    /** Leaves what a cut of the power leaves, by the disk's own random numbers. */
    public void losePower() {
        losePower(random);
    }

    /** Leaves what a cut of the power leaves, by these random numbers. */
    public void losePower(RandomSource chance) {
        crashProcess();
        names.losePower(chance);
        names.files().forEach(file -> file.losePower(chance));
        countUsedBytes();
    }

    /** Makes the disk empty, as a new one. */
    public void wipe() {
        crashProcess();
        names.clear();
        nodeRecords.clear();
        hintRecords.clear();
        usedBytes = 0;
    }

    /** Creates a directory, and its missing parents, that is there for sure. */
    public void createStableDirectory(Path directory) {
        Path absolute = normal(directory);
        for (int count = 1; count <= absolute.getNameCount(); count++) {
            Path root = absolute.getRoot();
            Path part = absolute.subpath(0, count);
            Path path = root == null ? part : root.resolve(part);
            if (names.find(path) == null) {
                names.change(new NameChange(null, path, SimEntry.DIRECTORY));
                Path parent = path.getParent();
                names.sync(parent == null ? path : parent);
            }
        }
    }

    /** Sets how long calls take from here on; at first none takes any time. */
    public void use(DiskSpeed newSpeed) {
        io.use(newSpeed);
    }

    public IoFaults faults() {
        return io.faults();
    }

    /** Sets how large the disk is. What lies on it stays, even if it is more. */
    public void limitBytes(long max) {
        bytesMax = max;
    }

    /** The sum of the sizes of all files. */
    public long usedBytes() {
        return usedBytes;
    }

    /** The sizes of all files, by their names. */
    public SortedMap<Path, Long> fileSizesBytes() {
        return names.sizesBytes();
    }

    /** How many files the running process has open. */
    public int openHandles() {
        return openHandles;
    }

    /** How many creations, renamings and deletions a loss of power may undo. */
    public int unsyncedNames() {
        return names.unsyncedChanges();
    }

    /** Whether the file has bytes that a loss of power may undo. */
    public boolean hasUnsyncedBytes(Path path) throws IOException {
        return file(normal(path)).hasUnsyncedBytes();
    }

    /** Flips the bits of the mask in one byte of a file, as a failing medium does. */
    public void flipBits(Path path, long position, int mask) throws IOException {
        SimFile file = file(normal(path));
        if (position < 0 || position >= file.sizeBytes()) {
            throw new IllegalArgumentException(
                    "position " + position + " is not inside " + path + " of " + file.sizeBytes() + " bytes");
        }
        file.flip(position, mask);
    }

    static Path normal(Path path) {
        return path.toAbsolutePath().normalize();
    }

    /** What every call of this disk goes through. */
    SimIo io() {
        return io;
    }

    SimNamespace names() {
        return names;
    }

    /** @throws MemberCrashedError if the process that has this mount is dead */
    void checkMounted(long mount, Path path) {
        if (!isMounted(mount)) {
            throw new MemberCrashedError("the process is dead that wants " + path);
        }
    }

    boolean isMounted(long mount) {
        return mount == mountNumber;
    }

    SimFile file(Path path) throws IOException {
        SimEntry entry = names.find(path);
        if (entry == null) {
            throw new NoSuchFileException(path.toString());
        }
        SimFile file = entry.file();
        if (file == null) {
            throw new IOException(path + ": Is a directory");
        }
        return file;
    }

    /** How many of these bytes still find room. */
    long roomFor(long bytes) {
        return Math.max(0, Math.min(bytes, bytesMax - usedBytes));
    }

    /** Adds to a name a file, which may be new, and takes away what the name led to. */
    void bind(@Nullable Path removed, Path added, SimFile file) {
        SimEntry replaced = names.find(added);
        SimFile old = replaced == null ? null : replaced.file();
        if (old != null) {
            old.unnamed();
        }
        if (removed == null) {
            file.named();
        }
        names.change(new NameChange(removed, added, new SimEntry(file)));
        if (old != null) {
            free(old);
        }
    }

    void unbind(Path path, @Nullable SimFile file) {
        names.change(new NameChange(path, null, SimEntry.DIRECTORY));
        if (file != null) {
            file.unnamed();
            free(file);
        }
    }

    void opened(SimFile file) {
        file.opened();
        openHandles++;
    }

    void closed(SimFile file) {
        file.closed();
        openHandles--;
        free(file);
    }

    void grow(SimFile file, long newSizeBytes) {
        usedBytes += Math.max(0, newSizeBytes - file.sizeBytes());
        file.grow(newSizeBytes);
    }

    void lock(Path path, SimFileSystem holder) throws FileLockedException {
        if (locks.putIfAbsent(path, holder) != null) {
            throw new FileLockedException(path + " is locked by this process");
        }
    }

    void unlock(Path path) {
        locks.remove(path);
    }

    NodeRecords nodeRecords(Path directory) {
        return nodeRecords.computeIfAbsent(normal(directory), path -> new NodeRecords());
    }

    HintRecords hintRecords(Path directory) {
        return hintRecords.computeIfAbsent(normal(directory), path -> new HintRecords());
    }

    long mountNumber() {
        return mountNumber;
    }

    private void free(SimFile file) {
        if (file.isGone()) {
            usedBytes -= file.sizeBytes();
        }
    }

    private void countUsedBytes() {
        List<SimFile> files = names.files();
        usedBytes = files.stream().mapToLong(SimFile::sizeBytes).sum();
    }
}
