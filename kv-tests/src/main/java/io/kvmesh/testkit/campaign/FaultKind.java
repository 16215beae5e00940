package io.kvmesh.testkit.campaign;

/** What can go wrong. Each kind is off unless a {@link Scenario} gives it a rate. */
enum FaultKind {
    /** Frames vanish; the amount is the share. */
    LOSS(Group.NETWORK),
    /** Frames take longer; the amount is the mean in milliseconds. */
    DELAY(Group.NETWORK),
    /** Frames overtake each other; the amount is the share. */
    REORDERING(Group.NETWORK),
    /** Frames arrive twice; the amount is the share. */
    DUPLICATION(Group.NETWORK),
    /** The members fall into two halves. */
    HALVES(Group.NETWORK),
    /** One member is cut off from all others. */
    ISOLATION(Group.NETWORK),
    /** Nothing passes from one member to another, but everything back. */
    ONE_WAY(Group.NETWORK),
    /** Two halves, and one member that both of them reach. */
    BRIDGE(Group.NETWORK),
    /** A way between two members that is cut and healed again and again. */
    FLAPPING(Group.NETWORK),
    /** A long garbage collection, after which the member goes on with what it had in hand. */
    PAUSE(Group.PROCESS),
    /** The process is killed, and started later. */
    KILL(Group.PROCESS),
    /** All processes are killed at once, and started later. */
    KILL_ALL(Group.PROCESS),
    /** The store is closed in good order, and opened later. */
    STOP(Group.PROCESS),
    /** The member loses power, and with it what it had not synced, and starts later. */
    POWER_LOSS(Group.POWER),
    /** All members lose power at once, and start later. */
    POWER_LOSS_OF_ALL(Group.POWER),
    /** The process ends inside one of its next calls of the disk, which has done a part of its work. */
    CRASH_IN_CALL(Group.PROCESS),
    /** As before, by a loss of power. */
    POWER_LOSS_IN_CALL(Group.POWER),
    /** The member gets an empty disk. */
    EMPTY_DISK(Group.LOSS),
    /** The disk takes no more bytes. */
    FULL_DISK(Group.DISK),
    /** Reads fail; the amount is the share. */
    READ_ERRORS(Group.DISK),
    /** Writes fail; the amount is the share. */
    WRITE_ERRORS(Group.DISK),
    /** Syncs fail; the amount is the share. */
    SYNC_ERRORS(Group.DISK),
    /** Every call of the disk takes long; the amount is the mean in milliseconds. */
    SLOW_DISK(Group.DISK),
    /** Bits on the disk change. The amount is the number of bytes that are hit. */
    FLIPS_AT_REST(Group.LOSS),
    /** Reads get damaged bytes, although those on the disk are good; the amount is the share. */
    FLIPS_ON_READ(Group.LOSS),
    /** The clock is wrong by less than members tolerate; the amount is in milliseconds, ahead or behind. */
    CLOCK_OFFSET(Group.CLOCK),
    /** The clock runs too fast or too slow; the amount is in microseconds a second. */
    CLOCK_DRIFT(Group.CLOCK),
    /** The clock jumps by more than members tolerate, and later back; the amount is in milliseconds. */
    CLOCK_JUMP(Group.CLOCK),
    /** Bits of SSTables change on one and the same member. The amount is the number of bytes that are hit. */
    FLIPS_IN_TABLES(Group.TABLES),
    /** The member leaves the ring. If it is out when the fault ends, it comes back as a new one, with an empty disk. */
    LEAVE(Group.MEMBERS);

    /** What kinds have in common. */
    enum Group {
        NETWORK,
        PROCESS,
        POWER,
        DISK,
        LOSS,
        CLOCK,
        TABLES,
        MEMBERS
    }

    private final Group group;

    FaultKind(Group group) {
        this.group = group;
    }

    Group group() {
        return group;
    }
}
