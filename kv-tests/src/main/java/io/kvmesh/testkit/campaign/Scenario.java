package io.kvmesh.testkit.campaign;

import io.kvmesh.runtime.RandomSource;
import io.kvmesh.testkit.campaign.FaultKind.Group;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which kinds of faults a run may have. Immutable.
 *
 * <p>A seed does not get all of them: it draws a few kinds and a rate for each, since some bugs show only where others
 * do not get in the way (Groce et al., "Swarm testing", ISSTA 2012).
 *
 * @param always what each of its runs has if it is possible
 * @param repairs whether replicas are compared meanwhile, and deletions forgotten
 */
record Scenario(String name, String description, Set<FaultKind> kinds, Set<FaultKind> always, boolean repairs) {
    static final Scenario CALM = new Scenario("calm", "no faults", EnumSet.noneOf(FaultKind.class), Set.of(), false);
    static final Scenario NETWORK =
            of("network", "loss, delay, reordering, duplication, cuts of every shape", Group.NETWORK);
    static final Scenario PROCESSES = of("processes", "pauses, kills, crashes inside calls, restarts", Group.PROCESS);
    static final Scenario POWER =
            of("power", "losses of power, also of all members, also inside calls", Group.POWER, Group.PROCESS);
    static final Scenario DISKS = of("disks", "full, failing and slow disks", Group.DISK);
    static final Scenario LOSSES = of("losses", "empty disks, damaged bits", Group.LOSS);
    static final Scenario TABLES =
            of("tables", "damaged tables of one member, kills, restarts", Group.TABLES, Group.PROCESS);
    static final Scenario MEMBERS = of(
                    "members",
                    "members leave and come, and are killed or cut off meanwhile",
                    Group.MEMBERS,
                    Group.PROCESS,
                    Group.NETWORK)
            .alwaysWith(FaultKind.LEAVE);
    static final Scenario CLOCKS = of("clocks", "offset, drift, jumps", Group.CLOCK);
    static final Scenario EVERYTHING = of("everything", "a few of all these kinds", Group.values());

    static final Scenario REPAIR = of(
                    "repair",
                    "replicas are compared and deletions forgotten, among kills, losses of power and cuts",
                    Group.NETWORK,
                    Group.PROCESS,
                    Group.POWER,
                    Group.MEMBERS)
            .withRepairs();

    private static final List<Scenario> WITHOUT_REPAIRS =
            List.of(CALM, NETWORK, PROCESSES, POWER, DISKS, LOSSES, CLOCKS, EVERYTHING, TABLES, MEMBERS);
    private static final List<Scenario> ALL =
            Stream.concat(WITHOUT_REPAIRS.stream(), Stream.of(REPAIR)).toList();
    private static final double REPAIRS_SHARE = 0.1;

    private static Scenario of(String name, String description, Group... groups) {
        Set<Group> wanted = Set.of(groups);
        Set<FaultKind> kinds = Arrays.stream(FaultKind.values())
                .filter(kind -> wanted.contains(kind.group()))
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(FaultKind.class)));
        return new Scenario(name, description, kinds, Set.of(), false);
    }

    private Scenario alwaysWith(FaultKind kind) {
        return new Scenario(name, description, kinds, Set.of(kind), repairs);
    }

    private Scenario withRepairs() {
        return new Scenario(name, description, kinds, always, true);
    }

    static List<Scenario> all() {
        return ALL;
    }

    /** The one of a seed for which none is given. */
    static Scenario draw(RandomSource random) {
        Scenario drawn = WITHOUT_REPAIRS.get(random.nextInt(WITHOUT_REPAIRS.size()));
        return random.chance(REPAIRS_SHARE) ? REPAIR : drawn;
    }
}
