package io.kvmesh.testkit.bench.storage;

import java.util.Locale;

/** What is measured, in the order in which it is performed. Immutable. */
public enum Workload {
    FILLSEQ(Data.FRESH),
    BATCH100(Data.FRESH),
    FILLRANDOM(Data.MAKES),
    READRANDOM(Data.READS),
    READMISSING(Data.READS),
    READHOT(Data.READS),
    SCAN100(Data.READS),
    SCANALL(Data.READS),
    OVERWRITE(Data.CHANGES),
    READWHILEWRITING(Data.CHANGES),
    SYNC1(Data.FRESH),
    SYNC8(Data.FRESH),
    SYNC64(Data.FRESH),
    RECOVERY(Data.FRESH);

    /** What a workload has to do with the data set that several of them use. */
    enum Data {
        /** Has a directory of its own. */
        FRESH,
        /** Writes the data set. */
        MAKES,
        READS,
        CHANGES
    }

    private final Data data;

    Workload(Data data) {
        this.data = data;
    }

    Data data() {
        return data;
    }

    /** What the command line calls it. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** How many threads write where that is not for the command line to say; 0 elsewhere. */
    int syncedWriters() {
        return switch (this) {
            case SYNC1 -> 1;
            case SYNC8 -> 8;
            case SYNC64 -> 64;
            default -> 0;
        };
    }
}
