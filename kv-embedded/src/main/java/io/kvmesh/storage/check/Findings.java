package io.kvmesh.storage.check;

import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/** Counts what a check of files found, and tells it. Not safe for several threads. */
public final class Findings {
    private final Listener listener;
    private final Set<Path> damagedFiles = new TreeSet<>();
    private long files;
    private long tables;
    private long records;

    public Findings(Listener listener) {
        this.listener = listener;
    }

    /** Learns what is found, as soon as it is. */
    public interface Listener {
        /** Something is not as it must be. */
        void onDamage(Path file, String what);

        /** Something is worth a look, and harms nothing. */
        void onNote(Path file, String what);

        /** The check of a file begins. */
        void onFile(Path file);
    }

    public void begin(Path file) {
        files++;
        listener.onFile(file);
    }

    public void damaged(Path file, String what) {
        damagedFiles.add(file);
        listener.onDamage(file, what);
    }

    public void noted(Path file, String what) {
        listener.onNote(file, what);
    }

    void addTable(long itsRecords) {
        tables++;
        records += itsRecords;
    }

    /** Counts records that are intact and in no table. */
    public void addRecords(long more) {
        records += more;
    }

    /** How many files were looked at. */
    public long files() {
        return files;
    }

    /** How many of them were tables. */
    public long tables() {
        return tables;
    }

    /** How many intact records there are, in tables and in the log; one key may have several. */
    public long records() {
        return records;
    }

    /** How many files are damaged or missing. */
    public int damagedFiles() {
        return damagedFiles.size();
    }
}
