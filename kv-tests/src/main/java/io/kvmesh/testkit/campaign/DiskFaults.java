package io.kvmesh.testkit.campaign;

import io.kvmesh.api.Durability;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.testkit.CrashKind;
import io.kvmesh.testkit.DiskSpeed;
import io.kvmesh.testkit.IoFaultRates;
import io.kvmesh.testkit.IoFaults;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import io.kvmesh.testkit.history.DiskLosses;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The faults of disks that are under way, and what they may have lost. Confined to the simulation's thread. */
final class DiskFaults {
    /** Copies that are older than the sync interval and this are synced, unless syncs failed or were slow. */
    private static final Duration SYNC_SLACK = Duration.ofSeconds(1);

    private static final long ROOM_BYTES_MAX = 4_096;
    private static final int BITS = 8;
    /** Without its end a table cannot be opened, which random bytes of it would rarely show. */
    private static final double TABLE_ENDS_SHARE = 0.4;

    private static final long TABLE_END_BYTES = 60;
    private static final double NANOS_PER_MILLI = 1e6;
    /** A slow sync takes as long as so many other calls. */
    private static final int CALLS_PER_SYNC = 10;

    private final SimCluster cluster;
    private final RunSettings settings;
    private final DiskLosses losses;
    private final RandomSource random;
    private final List<Fault> active = new ArrayList<>();
    private boolean hurt;
    private final Set<Integer> damaged = new HashSet<>();
    /** The member whose tables are damaged; -1 if there is none. */
    private int tablesHurtOf = -1;

    /** Since when a disk cannot be trusted to have synced what it was told to. */
    private final Map<Integer, Long> doubtfulSinceNanos = new HashMap<>();
    /** When a member was paused last. */
    private final Map<Integer, Long> pausedAtNanos = new HashMap<>();
    /** When a member went on last. */
    private final Map<Integer, Long> resumedAtNanos = new HashMap<>();

    DiskFaults(SimCluster cluster, RunSettings settings, DiskLosses losses, RandomSource random) {
        this.cluster = cluster;
        this.settings = settings;
        this.losses = losses;
        this.random = random;
        for (SimMember member : cluster.members()) {
            member.whenCrashed(kind -> {
                if (kind == CrashKind.POWER_LOSS) {
                    losesPower(member);
                }
            });
        }
    }

    /** Whether any fault of a disk took effect. */
    boolean hurt() {
        return hurt;
    }

    boolean isDamaged(SimMember member) {
        return damaged.contains(member.index());
    }

    /** Whether some of its tables were damaged. */
    boolean hasHurtTables(SimMember member) {
        return tablesHurtOf == member.index();
    }

    boolean begin(Fault fault, SimMember member) {
        if (fault.kind() == FaultKind.FLIPS_IN_TABLES) {
            return flipInTables(member, (int) fault.amount());
        }
        hurt = true;
        if (fault.kind() == FaultKind.FLIPS_AT_REST) {
            return flipAnywhere(member, (int) fault.amount());
        }
        active.add(fault);
        apply(member);
        return true;
    }

    void end(Fault fault, SimMember member) {
        if (active.remove(fault)) {
            apply(member);
        }
    }

    void end(SimMember member) {
        member.disk().faults().clear();
        active.removeIf(fault -> fault.member() == member.index());
        apply(member);
    }

    /** The member is about to read all that it has: what it reads wrong now, it may take for the truth. */
    void starts(SimMember member) {
        if (isActive(FaultKind.FLIPS_ON_READ, member)) {
            damage(member);
        }
    }

    void pauses(SimMember member) {
        pausedAtNanos.put(member.index(), cluster.loop().nowNanos());
    }

    void resumes(SimMember member) {
        resumedAtNanos.put(member.index(), cluster.loop().nowNanos());
    }

    /** Until when the member could see to it that its disk was synced as often as it is to be. */
    private long diligentUntilNanos(SimMember member) {
        long nowNanos = cluster.loop().nowNanos();
        boolean wasPaused = member.isPaused()
                || resumedAtNanos.getOrDefault(member.index(), Long.MIN_VALUE) > nowNanos - SYNC_SLACK.toNanos();
        return wasPaused ? pausedAtNanos.getOrDefault(member.index(), nowNanos) : nowNanos;
    }

    /** The member loses power. */
    void losesPower(SimMember member) {
        long nowNanos = cluster.loop().nowNanos();
        long savedNanos = diligentUntilNanos(member) - settings.syncInterval().toNanos() - SYNC_SLACK.toNanos();
        long trustedNanos = doubtfulSinceNanos.getOrDefault(member.index(), Long.MAX_VALUE) - SYNC_SLACK.toNanos();
        losses.lostPower(
                member.index(), nowNanos, Math.min(savedNanos, trustedNanos), settings.durability() == Durability.SYNC);
    }

    /** Lets the process end inside one of its next calls. */
    void crashInCall(Fault fault, SimMember member) {
        CrashKind kind = fault.kind() == FaultKind.POWER_LOSS_IN_CALL ? CrashKind.POWER_LOSS : CrashKind.KILL;
        IoFaults faults = member.disk().faults();
        faults.crashAt(faults.calls() + (long) fault.amount(), kind);
    }

    /** Sets the disk from the faults under way. */
    private void apply(SimMember member) {
        double writes = strongest(FaultKind.WRITE_ERRORS, member);
        double syncs = strongest(FaultKind.SYNC_ERRORS, member);
        double slowMillis = strongest(FaultKind.SLOW_DISK, member);
        boolean full = isActive(FaultKind.FULL_DISK, member);
        if (writes > 0 || syncs > 0 || slowMillis > 0 || full) {
            doubtfulSinceNanos.putIfAbsent(member.index(), cluster.loop().nowNanos());
        }
        member.disk()
                .faults()
                .use(IoFaultRates.NONE
                        .withReadFailures(strongest(FaultKind.READ_ERRORS, member))
                        .withWriteFailures(writes)
                        .withSyncFailures(syncs)
                        .withBitFlips(strongest(FaultKind.FLIPS_ON_READ, member)));
        Duration mean = settings.syncTime().plus(Duration.ofNanos((long) (slowMillis * NANOS_PER_MILLI)));
        member.disk()
                .use(DiskSpeed.INSTANT
                        .withCalls(Duration.ZERO, mean.dividedBy(CALLS_PER_SYNC))
                        .withSyncs(Duration.ZERO, mean));
        long room = full ? random.nextLong(ROOM_BYTES_MAX) : 0;
        member.disk().limitBytes(full ? member.disk().usedBytes() + room : Long.MAX_VALUE);
    }

    /** Hits one member of a run only: what two replicas of a key cannot read, the others need not have. */
    private boolean flipInTables(SimMember member, int bytes) {
        if (tablesHurtOf >= 0 && !hasHurtTables(member)) {
            return false;
        }
        SortedMap<Path, Long> tables = new TreeMap<>(member.disk().fileSizesBytes());
        tables.keySet().removeIf(file -> !isTable(member, file));
        boolean ends = random.chance(TABLE_ENDS_SHARE);
        boolean hit = flip(member, tables, bytes, ends ? TABLE_END_BYTES : Long.MAX_VALUE);
        if (hit) {
            hurt = true;
            tablesHurtOf = member.index();
            losses.damagedTables(member.index(), cluster.loop().nowNanos());
        }
        return hit;
    }

    private static boolean isTable(SimMember member, Path file) {
        return file.startsWith(member.directory().resolve("tables"))
                && file.toString().endsWith(".sst");
    }

    private boolean flipAnywhere(SimMember member, int bytes) {
        boolean hit = flip(member, member.disk().fileSizesBytes(), bytes, Long.MAX_VALUE);
        if (hit) {
            damage(member);
        }
        return hit;
    }

    /** Changes bits among the last bytes of files. */
    private boolean flip(SimMember member, SortedMap<Path, Long> sizes, int bytes, long lastBytes) {
        List<Path> files = new ArrayList<>(sizes.keySet());
        boolean hit = false;
        for (int i = 0; i < bytes && !files.isEmpty(); i++) {
            Path file = files.get(random.nextInt(files.size()));
            try {
                long size = sizes.getOrDefault(file, 0L);
                if (size > 0) {
                    member.disk()
                            .flipBits(
                                    file,
                                    size - 1 - random.nextLong(Math.min(size, lastBytes)),
                                    1 << random.nextInt(BITS));
                    hit = true;
                }
            } catch (IOException e) {
                throw new IllegalStateException("cannot damage " + file, e);
            }
        }
        return hit;
    }

    private void damage(SimMember member) {
        damaged.add(member.index());
        losses.damaged(member.index(), cluster.loop().nowNanos());
    }

    private boolean isActive(FaultKind kind, SimMember member) {
        return active.stream().anyMatch(fault -> fault.kind() == kind && fault.member() == member.index());
    }

    private double strongest(FaultKind kind, SimMember member) {
        return active.stream()
                .filter(fault -> fault.kind() == kind && fault.member() == member.index())
                .mapToDouble(Fault::amount)
                .max()
                .orElse(0);
    }
}
