package io.kvmesh.testkit;

import io.kvmesh.runtime.RandomSource;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What every call of a {@link SimDisk} goes through: it is counted, takes its time, and then is done, or fails, or is
 * done by half when the process crashes in it. Confined to the simulation's thread.
 */
final class SimIo {
    /** How often a call was done when the process crashed in it, if it cannot be done in part. */
    private static final double DONE_BEFORE_CRASH_RATE = 0.5;

    private final SimDisk disk;
    private final RandomSource random;
    private final IoFaults faults;
    private Owner owner = new NoOwner();
    private DiskSpeed speed = DiskSpeed.INSTANT;

    /** The machine that has this disk. Confined to the simulation's thread. */
    interface Owner {
        /** Learns of every call, before it is done. */
        void onCall(IoOperation operation, long bytes);

        /** Lets the running code spend time with a call. */
        void spend(long nanos);

        /** Ends the process, in the middle of a call; what the disk keeps is settled after that. */
        void crash(CrashKind kind);
    }

    /** Of a disk on its own. Stateless. */
    private static final class NoOwner implements Owner {
        @Override
        public void onCall(IoOperation operation, long bytes) {}

        @Override
        public void spend(long nanos) {}

        @Override
        public void crash(CrashKind kind) {}
    }

    /** What a call does, all of it. */
    @FunctionalInterface
    interface Work<T> {
        T run() throws IOException;
    }

    /** What a call does that may be done in part: so many of its bytes. */
    @FunctionalInterface
    interface PartialWork {
        void run(int bytes);
    }

    SimIo(SimDisk disk, RandomSource random) {
        this.disk = disk;
        this.random = random;
        faults = new IoFaults(random.split());
    }

    void belongTo(Owner newOwner) {
        owner = newOwner;
    }

    void use(DiskSpeed newSpeed) {
        speed = newSpeed;
    }

    IoFaults faults() {
        return faults;
    }

    /**
     * Does a call, unless it is meant to fail. If the process is meant to crash in it, all or nothing of it is done.
     *
     * @throws MemberCrashedError if the process crashes, or is dead
     */
    <T> T call(long mount, IoOperation operation, Path path, long bytes, Work<T> work) throws IOException {
        CrashKind crash = begin(mount, operation, path, bytes);
        if (crash == null) {
            return work.run();
        }
        MemberCrashedError error = crashed(operation, path);
        try {
            if (random.chance(DONE_BEFORE_CRASH_RATE)) {
                work.run();
            }
        } catch (IOException e) {
            // It cannot be done, so nothing of it is. Nobody is left to be told.
            error.addSuppressed(e);
        }
        end(crash);
        throw error;
    }

    /**
     * Does a call that writes bytes. If it is meant to fail, or the process to crash in it, a part of them is written.
     *
     * @throws MemberCrashedError if the process crashes, or is dead
     */
    void transfer(long mount, IoOperation operation, Path path, int length, PartialWork work) throws IOException {
        CrashKind crash;
        try {
            crash = begin(mount, operation, path, length);
        } catch (IOException e) {
            work.run(random.nextInt(length + 1));
            throw e;
        }
        if (crash == null) {
            work.run(length);
            return;
        }
        work.run(random.nextInt(length + 1));
        end(crash);
        throw crashed(operation, path);
    }

    /** Counts a call, lets it take its time, and fails if it is meant to; yields how the process is to crash in it. */
    private @Nullable CrashKind begin(long mount, IoOperation operation, Path path, long bytes) throws IOException {
        disk.checkMounted(mount, path);
        owner.onCall(operation, bytes);
        owner.spend(speed.drawNanos(operation, bytes, random));
        return faults.before(operation, path);
    }

    private void end(CrashKind crash) {
        owner.crash(crash);
        switch (crash) {
            case KILL -> disk.crashProcess();
            case POWER_LOSS -> disk.losePower();
        }
    }

    private static MemberCrashedError crashed(IoOperation operation, Path path) {
        return new MemberCrashedError("the process crashed in " + operation + " of " + path);
    }
}
