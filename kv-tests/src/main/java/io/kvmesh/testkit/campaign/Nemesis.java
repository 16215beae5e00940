package io.kvmesh.testkit.campaign;

import io.kvmesh.api.Admin;
import io.kvmesh.api.Health;
import io.kvmesh.api.KvConfig;
import io.kvmesh.api.KvException;
import io.kvmesh.api.MemberInfo;
import io.kvmesh.api.MemberStanding;
import io.kvmesh.api.MemberState;
import io.kvmesh.api.StoreException;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.testkit.MemberCrashedError;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimMember;
import io.kvmesh.testkit.history.DiskLosses;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Lets the faults of a plan happen and ends them, starts what is down, and keeps account of what disks may have lost.
 * Confined to the simulation's thread.
 */
final class Nemesis {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    private static final Duration DEATH_LIMIT = Duration.ofMinutes(1);
    private static final Duration RING_LIMIT = Duration.ofSeconds(30);
    /** How long one that has an empty disk looks for somebody who is in the ring. */
    private static final Duration NEWCOMER_PATIENCE = Duration.ofSeconds(5);
    /** How often it does that when all faults are over. */
    private static final int NEWCOMER_TRIES_MAX = 24;

    private final SimCluster cluster;
    private final RunSettings settings;
    private final NetworkFaults network;
    private final DiskFaults disks;
    private final ClockFaults clocks;
    private final DiskLosses losses = new DiskLosses();
    private final PriorityQueue<Chore> chores = new PriorityQueue<>();
    private final long originNanos;
    /** By number of a member: who it is. */
    private final Map<Integer, String> identities = new TreeMap<>();
    /** Members whose disks were emptied. */
    private final Set<String> gone = new TreeSet<>();
    /** Members whose process was told to leave. */
    private final Set<Integer> leaving = new TreeSet<>();
    /** Members with an empty disk that did not start yet. */
    private final Set<Integer> newcomers;

    private int lastChore;
    private int applied;

    /** Something to do at a time. */
    private record Chore(long atNanos, int sequence, Runnable action) implements Comparable<Chore> {
        @Override
        public int compareTo(Chore other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Integer.compare(sequence, other.sequence);
        }
    }

    /** @param newcomers whom to {@linkplain #welcome settle} when they start; told by this */
    Nemesis(SimCluster cluster, RunSettings settings, FaultPlan plan, Set<Integer> newcomers, RandomSource random) {
        this.newcomers = newcomers;
        this.cluster = cluster;
        this.settings = settings;
        network = new NetworkFaults(cluster);
        disks = new DiskFaults(cluster, settings, losses, random);
        clocks = new ClockFaults(cluster);
        originNanos = cluster.loop().nowNanos();
        cluster.running().forEach(this::identify);
        for (Fault fault : plan.faults()) {
            at(originNanos + fault.atNanos(), () -> begin(fault));
            at(originNanos + fault.untilNanos(), () -> end(fault));
        }
    }

    /**
     * Settings of a member that is to join the ring that there is: alone, or with others that are new, it would found
     * another one.
     */
    static KvConfig.Builder welcome(KvConfig.Builder builder, int members) {
        return builder.expectMembers(members / 2 + 1).joinTimeout(NEWCOMER_PATIENCE);
    }

    DiskLosses losses() {
        return losses;
    }

    /** How many faults took effect: one that hits a member that is down has none. */
    int applied() {
        return applied;
    }

    /** Whether tables were damaged, which other replicas must repair. */
    boolean hurtTables() {
        return cluster.members().stream().anyMatch(disks::hasHurtTables);
    }

    /** Whether disks failed, so that members had something to complain about. */
    boolean hurtDisks() {
        return disks.hurt();
    }

    /** How far apart the clocks of two members ever were. */
    long clockSpreadNanos() {
        return clocks.spreadNanos();
    }

    /** Whether stamps may lie so far ahead that members refuse writes for a long time. */
    boolean clocksJumped() {
        return clocks.jumped();
    }

    /** Lets all faults happen whose time comes within the time of the settings. */
    void rage() {
        long endNanos = originNanos + settings.faultTime().toNanos();
        while (true) {
            Chore next = chores.peek();
            if (next == null || next.atNanos() >= endNanos) {
                runUntil(endNanos);
                return;
            }
            chores.remove();
            runUntil(next.atNanos());
            next.action().run();
        }
    }

    /** Ends all faults and brings every member up. */
    void makePeace() {
        chores.clear();
        network.end();
        clocks.end();
        for (SimMember member : cluster.members()) {
            disks.end(member);
            if (member.isPaused()) {
                resume(member);
            }
            if (needsRestart(member)
                    || (member.isOpen() && isLeaving(member))
                    || (disks.hasHurtTables(member) && member.isAlive())) {
                // What is damaged beside the blocks of a table is found when it is opened.
                kill(member);
            }
            boolean hurt = disks.hasHurtTables(member) || disks.isDamaged(member);
            if (hurt && settings.replicas() == 1) {
                // What nobody else has cannot be repaired, and would keep its partitions from moving.
                kill(member);
                empty(member);
            }
            if (!newcomers.contains(member.index())) {
                startForSure(member);
            }
        }
        // When those are up who are in the ring.
        if (cluster.loop().runUntil(this::isRingLeft, RING_LIMIT)) {
            removeTheGone();
            cluster.members().forEach(this::startAnew);
        } else {
            beginAnew();
        }
    }

    private boolean isRingLeft() {
        return cluster.running().stream()
                .anyMatch(member -> hasVote(member.store().admin()));
    }

    /** When nobody is left of the ring that members know of, an operator gives it up with all that was in it. */
    private void beginAnew() {
        cluster.loop().note("nobody is left who could decide about the ring: all begin anew");
        cluster.members().forEach(member -> {
            kill(member);
            empty(member);
        });
        newcomers.clear();
        gone.clear();
        cluster.members().forEach(member -> {
            member.start();
            identify(member);
        });
    }

    /** As an operator does who knows that those disks will not be back. */
    private void removeTheGone() {
        Optional<Admin> voter = cluster.running().stream()
                .map(member -> member.store().admin())
                .filter(Nemesis::hasVote)
                .findFirst();
        if (voter.isEmpty()) {
            return;
        }
        Admin operator = voter.get();
        for (MemberInfo info : operator.members()) {
            if (gone.contains(info.id()) && info.standing() != MemberStanding.NONE) {
                cluster.runUntil("m" + info.id() + " is not alive", () -> isDown(operator, info.id()), DEATH_LIMIT);
                remove(operator, info.id());
            }
        }
    }

    /** The ring may have lost it meanwhile by the change of another one. */
    private static void remove(Admin operator, String id) {
        boolean inRing = operator.members().stream()
                .anyMatch(info -> info.id().equals(id) && info.standing() != MemberStanding.NONE);
        if (inRing) {
            operator.removeMember(id);
        }
    }

    private static boolean hasVote(Admin admin) {
        return admin.members().stream().anyMatch(info -> info.local() && info.standing() == MemberStanding.MEMBER);
    }

    private static boolean isDown(Admin operator, String id) {
        return operator.members().stream().noneMatch(info -> info.id().equals(id) && info.state() == MemberState.ALIVE);
    }

    /** Opened again, it wants to be a member. */
    private boolean isLeaving(SimMember member) {
        return leaving.contains(member.index()) || !hasVote(member.store().admin());
    }

    private void begin(Fault fault) {
        SimMember member = cluster.member(fault.member());
        boolean effective = switch (fault.kind().group()) {
            case NETWORK -> network.begin(fault);
            case CLOCK -> clocks.begin(fault, member);
            case DISK, TABLES -> disks.begin(fault, member);
            case PROCESS, POWER, LOSS -> hit(fault, member);
            case MEMBERS -> leave(member);
        };
        if (effective) {
            applied++;
        }
    }

    private boolean hit(Fault fault, SimMember member) {
        switch (fault.kind()) {
            case KILL_ALL -> cluster.members().forEach(this::kill);
            case POWER_LOSS_OF_ALL -> cluster.members().forEach(this::losePower);
            case FLIPS_AT_REST, FLIPS_ON_READ -> {
                return disks.begin(fault, member);
            }
            default -> {
                if (!member.isAlive() || (fault.kind() == FaultKind.EMPTY_DISK && isLastOfTheRing(member))) {
                    return false;
                }
                hitRunning(fault, member);
            }
        }
        return true;
    }

    /** Where nobody is left who knows the ring there is nothing to join. */
    private boolean isLastOfTheRing(SimMember member) {
        return cluster.members().stream()
                .filter(other -> other != member && other.isOpen() && !other.isPaused())
                .noneMatch(other -> other.store().admin().members().stream()
                        .anyMatch(info -> info.local() && info.standing() == MemberStanding.MEMBER));
    }

    private void hitRunning(Fault fault, SimMember member) {
        switch (fault.kind()) {
            case PAUSE -> {
                member.pause();
                disks.pauses(member);
            }
            case KILL -> kill(member);
            case STOP -> stop(member);
            case POWER_LOSS -> losePower(member);
            case EMPTY_DISK -> {
                kill(member);
                empty(member);
            }
            case CRASH_IN_CALL, POWER_LOSS_IN_CALL -> disks.crashInCall(fault, member);
            default -> throw new IllegalStateException("no such hit: " + fault);
        }
    }

    private void end(Fault fault) {
        SimMember member = cluster.member(fault.member());
        switch (fault.kind().group()) {
            case NETWORK -> network.end(fault);
            case CLOCK -> clocks.end(fault, member);
            case DISK, LOSS, TABLES -> disks.end(fault, member);
            case MEMBERS -> comeAnew(member);
            case PROCESS, POWER -> {
                if (fault.kind() == FaultKind.PAUSE && member.isPaused()) {
                    resume(member);
                }
            }
        }
        if (needsRestart(member)) {
            kill(member);
        }
        startAgain(fault, member);
    }

    private boolean leave(SimMember member) {
        if (!member.isOpen() || member.isPaused()) {
            return false;
        }
        leaving.add(member.index());
        member.store().admin().leave();
        return true;
    }

    /** Nothing depends on a member that has left, so its disk may be emptied. */
    private void comeAnew(SimMember member) {
        if (member.isOpen() && !member.isPaused() && hasLeft(member)) {
            identities.remove(member.index());
            cluster.loop().note("m" + member.index() + " has left and comes back as a new member");
            kill(member);
            wipe(member);
        }
    }

    private static boolean hasLeft(SimMember member) {
        return member.store().admin().members().stream()
                .anyMatch(info -> info.local() && info.standing() == MemberStanding.NONE);
    }

    private void startAgain(Fault fault, SimMember member) {
        boolean all = fault.kind() == FaultKind.KILL_ALL || fault.kind() == FaultKind.POWER_LOSS_OF_ALL;
        (all ? cluster.members() : List.of(member)).forEach(this::start);
    }

    /** A member whose disk failed serves reads only until an operator starts it again. */
    private static boolean needsRestart(SimMember member) {
        return member.isOpen() && !member.isPaused() && member.store().health().status() == Health.Status.READ_ONLY;
    }

    private void start(SimMember member) {
        if (member.isAlive()) {
            return;
        }
        disks.starts(member);
        try {
            member.start();
            identify(member);
        } catch (KvException | MemberCrashedError e) {
            cluster.loop().note("m" + member.index() + " cannot start: " + e.getMessage());
            at(cluster.loop().nowNanos() + RETRY_AFTER.toNanos(), () -> start(member));
        }
    }

    /** A damaged directory that does not open is replaced by an empty one, as an operator would. */
    private void startForSure(SimMember member) {
        if (member.isAlive()) {
            return;
        }
        try {
            member.start();
            identify(member);
        } catch (KvException e) {
            if (!disks.isDamaged(member)) {
                throw e;
            }
            cluster.loop().note("m" + member.index() + " is damaged and starts anew: " + e.getMessage());
            empty(member);
        }
    }

    private void startAnew(SimMember member) {
        if (member.isAlive()) {
            return;
        }
        int tries = 1;
        while (!joins(member, tries == NEWCOMER_TRIES_MAX)) {
            tries++;
        }
        identify(member);
    }

    private boolean joins(SimMember member, boolean isLastTry) {
        try {
            member.start();
            return true;
        } catch (KvException e) {
            if (isLastTry) {
                throw e;
            }
            cluster.loop().note("m" + member.index() + " does not start yet: " + e.getMessage());
            if (disks.isDamaged(member) && !(e instanceof StoreException)) {
                empty(member);
            }
            return false;
        }
    }

    private void identify(SimMember member) {
        leaving.remove(member.index());
        newcomers.remove(member.index());
        identities.put(member.index(), member.store().admin().nodeId());
    }

    private void resume(SimMember member) {
        member.resume();
        disks.resumes(member);
    }

    private void kill(SimMember member) {
        if (member.isAlive()) {
            member.kill();
        }
    }

    private void stop(SimMember member) {
        if (!member.isOpen() || member.isPaused()) {
            kill(member);
            return;
        }
        try {
            member.stop();
        } catch (MemberCrashedError e) {
            cluster.loop().note("m" + member.index() + " crashed while it stopped: " + e.getMessage());
        } catch (KvException e) {
            cluster.loop().note("m" + member.index() + " did not stop well: " + e.getMessage());
            kill(member);
        }
    }

    private void losePower(SimMember member) {
        if (member.isAlive()) {
            disks.losesPower(member);
            member.losePower();
        }
    }

    private void empty(SimMember member) {
        String identity = identities.get(member.index());
        if (identity != null) {
            gone.add(identity);
        }
        losses.emptied(member.index(), cluster.loop().nowNanos());
        wipe(member);
    }

    private void wipe(SimMember member) {
        newcomers.add(member.index());
        member.disk().wipe();
        member.disk().createStableDirectory(member.directory());
    }

    private void at(long nanos, Runnable action) {
        chores.add(new Chore(nanos, lastChore++, action));
    }

    private void runUntil(long nanos) {
        long spanNanos = nanos - cluster.loop().nowNanos();
        if (spanNanos > 0) {
            cluster.runFor(Duration.ofNanos(spanNanos));
        }
    }
}
