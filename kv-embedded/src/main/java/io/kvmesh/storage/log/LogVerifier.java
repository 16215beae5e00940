package io.kvmesh.storage.log;

import io.kvmesh.api.KvException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.storage.check.Findings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** Reads the log of a store as its next opening will, and writes nothing. Used by one thread, once. */
public final class LogVerifier {
    private final FileSystem files;
    private final Path directory;
    private final Set<MapId> maps;
    private final int partitions;
    private final Findings findings;

    public LogVerifier(FileSystem files, Path directory, Set<MapId> maps, int partitions, Findings findings) {
        this.files = files;
        this.directory = directory;
        this.maps = maps;
        this.partitions = partitions;
        this.findings = findings;
    }

    /**
     * Checks the segments from the given one on.
     *
     * @param written whether an earlier opening came so far as to have a log
     */
    public void verify(NodeId node, int oldestNeeded, boolean written) throws IOException {
        Records records = new Records();
        LogRecovery recovery = new LogRecovery(files, directory, node, records);
        try {
            recovery.inspect(oldestNeeded, written);
        } catch (KvException e) {
            findings.damaged(directory, String.valueOf(e.getMessage()));
        }
        findings.addRecords(records.count);
        for (long position : recovery.tornPositions()) {
            findings.noted(
                    LogFormat.file(directory, LogPosition.segmentId(position)),
                    "ends torn at offset " + LogPosition.offset(position)
                            + ", as after a crash; what was synced is before that");
        }
        for (Path file : files.list(directory)) {
            int segmentId = LogFormat.segmentIdOf(file);
            if (segmentId < 0) {
                findings.noted(file, "is no segment of the log");
            } else if (segmentId < oldestNeeded) {
                findings.noted(file, "is not needed any more; the next opening deletes it");
            } else {
                findings.begin(file);
            }
        }
    }

    private final class Records implements LogRecovery.LogSink {
        private long count;

        @Override
        public void accept(MapId map, Key key, Cell cell, long endPosition) {
            count++;
            Path file = LogFormat.file(directory, LogPosition.segmentId(endPosition));
            if (!maps.contains(map)) {
                findings.damaged(file, "holds a record of the map " + map + ", which the manifest does not know");
            } else if (key.partition() >= partitions) {
                findings.damaged(
                        file, "holds a record of partition " + key.partition() + ", of which there are " + partitions);
            }
        }

        @Override
        public void progress(long bytesDone, long bytesTotal) {
            // The log is short beside the tables.
        }
    }
}
