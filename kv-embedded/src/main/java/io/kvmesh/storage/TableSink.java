package io.kvmesh.storage;

import io.kvmesh.model.MapId;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.runtime.FileSystem.AppendFile;
import io.kvmesh.storage.record.RecordView;
import io.kvmesh.storage.sstable.BlockCache;
import io.kvmesh.storage.sstable.TableOptions;
import io.kvmesh.storage.sstable.TableReader;
import io.kvmesh.storage.sstable.TableWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes records in the order of their keys to one table or more. Nothing refers to these before the manifest does. Not
 * safe for several threads.
 */
final class TableSink {
    private final FileSystem files;
    private final TableFiles tableFiles;
    private final Manifest manifest;
    private final BlockCache cache;
    private final TableOptions options;
    private final MapId map;
    private final List<Long> finished = new ArrayList<>();
    private long bytesWritten;

    private @Nullable AppendFile file;
    private @Nullable TableWriter writer;
    private long tableId;

    TableSink(
            FileSystem files,
            TableFiles tableFiles,
            Manifest manifest,
            BlockCache cache,
            TableOptions options,
            MapId map) {
        this.files = files;
        this.tableFiles = tableFiles;
        this.manifest = manifest;
        this.cache = cache;
        this.options = options;
        this.map = map;
    }

    void add(RecordView record) throws IOException {
        TableWriter present = writer;
        if (present == null) {
            tableId = manifest.takeTableId();
            AppendFile created = files.create(tableFiles.temporary(tableId));
            file = created;
            present = new TableWriter(created, tableId, map, options);
            writer = present;
        }
        present.add(record);
    }

    /** Ends the table that is being written: what follows goes to another one. */
    void cut() throws IOException {
        TableWriter present = writer;
        AppendFile written = file;
        if (present == null || written == null) {
            return;
        }
        present.finish();
        bytesWritten += written.positionBytes();
        written.close();
        writer = null;
        file = null;
        files.rename(tableFiles.temporary(tableId), tableFiles.table(tableId));
        finished.add(tableId);
    }

    /** Ends the last table, makes the names of all durable, and opens them. */
    List<TableReader> finish() throws IOException {
        cut();
        if (!finished.isEmpty()) {
            files.syncDirectory(tableFiles.directory());
        }
        List<TableReader> readers = new ArrayList<>();
        boolean opened = false;
        try {
            for (long id : finished) {
                readers.add(TableReader.open(files, tableFiles.table(id), id, cache));
            }
            opened = true;
        } finally {
            if (!opened) {
                readers.forEach(TableReader::release);
            }
        }
        return readers;
    }

    /** What the finished tables weigh. */
    long bytesWritten() {
        return bytesWritten;
    }

    /** Frees the space of all that was written. What cannot be deleted now is, when the directory is opened again. */
    void discard(Exception reason) {
        AppendFile written = file;
        file = null;
        writer = null;
        if (written != null) {
            attempt(reason, written::close);
            delete(reason, tableFiles.temporary(tableId));
        }
        for (long id : finished) {
            delete(reason, tableFiles.table(id));
        }
        finished.clear();
    }

    private void delete(Exception reason, Path path) {
        attempt(reason, () -> files.delete(path));
    }

    private interface Step {
        void run() throws IOException;
    }

    private static void attempt(Exception reason, Step step) {
        try {
            step.run();
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }
}
