package io.kvmesh.storage.check;

import io.kvmesh.api.KvException;
import io.kvmesh.runtime.FileSystem;
import io.kvmesh.storage.sstable.BlockCache;
import io.kvmesh.storage.sstable.TableProperties;
import io.kvmesh.storage.sstable.TableReader;
import io.kvmesh.storage.sstable.TableReport;
import io.kvmesh.storage.sstable.TableVerifier;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Checks one table: all of its file, and that it is the table that it should be. Stateless. */
public final class TableCheck {
    private TableCheck() {}

    /**
     * Checks a table.
     *
     * @return what the table states of itself, or null if that is damaged
     */
    public static @Nullable TableProperties check(
            FileSystem files, Path file, long tableId, long sizeBytes, Findings findings) {
        findings.begin(file);
        if (!files.exists(file)) {
            findings.damaged(file, "is missing");
            return null;
        }
        try {
            long presentBytes = files.sizeBytes(file);
            if (presentBytes != sizeBytes) {
                findings.damaged(file, "has " + presentBytes + " bytes instead of " + sizeBytes);
            }
            TableReport report = TableVerifier.verify(files, file);
            findings.addTable(report.records());
            report.damages().forEach(damage -> findings.damaged(file, damage.toString()));
            if (report.isIntact()) {
                checkNumber(files, file, tableId, findings);
            }
            return report.properties();
        } catch (IOException e) {
            findings.damaged(file, "cannot be read: " + e);
            return null;
        }
    }

    private static void checkNumber(FileSystem files, Path file, long tableId, Findings findings) throws IOException {
        try {
            TableReader.open(files, file, tableId, new BlockCache(0)).release();
        } catch (KvException e) {
            findings.damaged(file, String.valueOf(e.getMessage()));
        }
    }
}
