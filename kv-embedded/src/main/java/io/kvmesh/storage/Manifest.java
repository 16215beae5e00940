package io.kvmesh.storage;

import io.kvmesh.api.Compaction;
import io.kvmesh.api.CorruptDataException;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.FileSystem.AppendFile;
import io.kvmesh.runtime.FileSystem.ReadFile;
import io.kvmesh.storage.sstable.TableOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The durable record of what belongs to the store: its identity, its maps, its SSTables and from where on the log is
 * needed. Safe for any thread; edits are one after the other.
 *
 * <ol>
 *   <li>A manifest is a file of edits. The first edit states everything; each later one is synced before anybody relies
 *       on it.
 *   <li>The file CURRENT names the manifest that counts. A new manifest is written and synced first, then CURRENT is
 *       replaced in one step.
 *   <li>Each opening, and a manifest that grew too long, starts a new one.
 * </ol>
 */
final class Manifest implements AutoCloseable {
    /** A manifest is replaced when its later edits take this much, or twice what its first edit takes. */
    private static final long LATER_EDITS_BYTES = 64 * 1024;

    private final FileSystem files;
    private final Path directory;
    private final ManifestState state;
    private long number;
    private AppendFile file;
    private long firstEditEnd;
    /** Set by the first failure: the end of the file is then unknown. */
    private boolean failed;

    private long nextTableId;

    private Manifest(FileSystem files, Path directory, ManifestState state, long number) throws IOException {
        this.files = files;
        this.directory = directory;
        this.state = state;
        this.number = number;
        this.nextTableId = state.nextTableId();
        this.file = startFile();
    }

    /** The number of the manifest that counts, or 0 if the directory has none. */
    static long currentNumber(FileSystem files, Path directory) throws IOException {
        Path current = directory.resolve(ManifestFormat.CURRENT);
        return files.exists(current) ? ManifestFormat.decodeCurrent(current, readAll(files, current)) : 0;
    }

    static ManifestState load(FileSystem files, Path directory, long number) throws IOException {
        Path file = ManifestFormat.file(directory, number);
        if (!files.exists(file)) {
            throw new CorruptDataException(file + " is missing, but " + ManifestFormat.CURRENT + " names it");
        }
        return ManifestFormat.decode(file, readAll(files, file), number);
    }

    static ManifestState fresh(NodeId node, int partitions) {
        ManifestState state = new ManifestState();
        state.apply(List.of(new ManifestItem.Identity(node, partitions)));
        return state;
    }

    /** Starts the next manifest from this state, as the first thing an opening writes. */
    static Manifest start(FileSystem files, Path directory, ManifestState state, long previousNumber)
            throws IOException {
        state.apply(List.of(new ManifestItem.Generation(state.generation() + 1)));
        return new Manifest(files, directory, state, previousNumber + 1);
    }

    /**
     * Makes a directory one of a store in this state, which nobody has open. Its other files must be durable before.
     */
    static void write(FileSystem files, Path directory, ManifestState state) throws IOException {
        new Manifest(files, directory, state, 1).close();
    }

    /** All that is stated, beyond what is in tables and in the log. */
    synchronized List<ManifestItem> itemsWithoutContent() {
        return state.itemsWithoutContent();
    }

    private AppendFile startFile() throws IOException {
        Path path = ManifestFormat.file(directory, number);
        // Left behind by an opening that failed before CURRENT named it.
        files.delete(path);
        AppendFile started = files.create(path);
        boolean complete = false;
        try {
            append(started, ManifestFormat.encodeHeader(number));
            append(started, ManifestFormat.encodeEdit(started.positionBytes(), state.toItems()));
            started.sync();
            files.syncDirectory(directory);
            switchCurrent();
            complete = true;
        } finally {
            if (!complete) {
                started.close();
            }
        }
        firstEditEnd = started.positionBytes();
        deleteOthers();
        return started;
    }

    private void switchCurrent() throws IOException {
        Path temporary = directory.resolve(ManifestFormat.CURRENT + ".tmp");
        files.delete(temporary);
        try (AppendFile content = files.create(temporary)) {
            append(content, ManifestFormat.encodeCurrent(number));
            content.sync();
        }
        files.rename(temporary, directory.resolve(ManifestFormat.CURRENT));
        files.syncDirectory(directory);
    }

    private void deleteOthers() throws IOException {
        Path used = ManifestFormat.file(directory, number);
        for (Path entry : files.list(directory)) {
            if (ManifestFormat.isManifest(entry) && !entry.getFileName().equals(used.getFileName())) {
                files.delete(entry);
            }
        }
    }

    /** States these items durably and all together. After a failure no edit is taken any more. */
    void edit(ManifestItem... items) throws IOException {
        edit(List.of(items));
    }

    /** As {@link #edit(ManifestItem...)}. */
    synchronized void edit(List<ManifestItem> edit) throws IOException {
        if (failed) {
            throw new IOException("an earlier write to the manifest failed");
        }
        failed = true;
        append(file, ManifestFormat.encodeEdit(file.positionBytes(), edit));
        file.sync();
        state.apply(edit);
        long laterBytes = file.positionBytes() - firstEditEnd;
        if (laterBytes > Math.max(LATER_EDITS_BYTES, firstEditEnd)) {
            rotate();
        }
        failed = false;
    }

    private void rotate() throws IOException {
        file.close();
        number++;
        file = startFile();
    }

    private static void append(AppendFile file, byte[] bytes) throws IOException {
        file.append(bytes, 0, bytes.length);
    }

    synchronized long takeTableId() {
        return nextTableId++;
    }

    /** Leaves out numbers that a file without an entry in the manifest has. */
    synchronized void skipTableId(long taken) {
        nextTableId = Math.max(nextTableId, taken + 1);
    }

    synchronized ManifestItem.Identity identity() {
        return state.identity();
    }

    synchronized long generation() {
        return state.generation();
    }

    synchronized List<ManifestItem.TableAdded> tables() {
        return state.tables();
    }

    synchronized List<LostTable> lostTables() {
        return state.lost();
    }

    synchronized List<MapDescriptor> maps() {
        return state.maps();
    }

    synchronized int logFloor() {
        return state.logFloor();
    }

    synchronized long flushedPosition(MapId map) {
        return state.flushedPosition(map);
    }

    synchronized Compaction policy(MapId map) {
        return state.policy(map);
    }

    synchronized TableOptions tableOptions(MapId map, int blockBytes) {
        return state.tableOptions(map, blockBytes);
    }

    @Override
    public synchronized void close() throws IOException {
        failed = true;
        file.close();
    }

    private static byte[] readAll(FileSystem files, Path path) throws IOException {
        try (ReadFile content = files.open(path)) {
            byte[] bytes = new byte[Math.toIntExact(content.sizeBytes())];
            content.readFully(0, bytes, 0, bytes.length);
            return bytes;
        }
    }
}
