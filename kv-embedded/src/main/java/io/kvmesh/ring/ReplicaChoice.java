package io.kvmesh.ring;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The rule by which members that are met on a walk along the ring become replicas. Not safe for several threads.
 *
 * <p>Of each data centre (or of all members, if the data centre does not matter) a member is taken if its rack has no
 * replica yet. The others are put aside until every rack has one, and then taken in the order in which they were met,
 * until there are enough. So the first member met is always the first replica, and copies lie on as many racks as can
 * be (as Cassandra's NetworkTopologyStrategy has it).
 */
final class ReplicaChoice {
    private static final int NO_GROUP = -1;

    /** By member: the group that its replicas are counted in. */
    private final int[] group;
    /** By member. */
    private final int[] rack;
    /** By group: how many replicas there can be. */
    private final int[] wanted;
    /** By group: how many racks have a member. */
    private final int[] racks;

    /** By member and by rack: the walk on which it was met last. */
    private final int[] memberMet;

    private final int[] rackMet;
    private int walk;

    private final int[] taken;
    private final int[] racksTaken;
    private final int[][] aside;
    private final int[] asideCount;
    private final int[] chosen;
    private int chosenCount;
    private int groupsOpen;

    /** @param members those that have tokens */
    ReplicaChoice(List<RingMember> members, Replication replication) {
        int count = members.size();
        group = new int[count];
        rack = new int[count];
        Map<String, Integer> groups = new TreeMap<>();
        Map<List<String>, Integer> rackNumbers = new HashMap<>();
        int[] factors = new int[count];
        int[] membersOfGroup = new int[count];
        int[] racksOfGroup = new int[count];
        for (int i = 0; i < count; i++) {
            RingMember member = members.get(i);
            int factor = replication.factorFor(member);
            if (factor == 0) {
                group[i] = NO_GROUP;
                continue;
            }
            int number = groups.computeIfAbsent(replication.groupOf(member), name -> groups.size());
            group[i] = number;
            factors[number] = factor;
            membersOfGroup[number]++;
            List<String> place = List.of(member.dataCenter(), member.rack());
            Integer known = rackNumbers.putIfAbsent(place, rackNumbers.size());
            rack[i] = rackNumbers.get(place);
            racksOfGroup[number] += known == null ? 1 : 0;
        }
        wanted = new int[groups.size()];
        racks = Arrays.copyOf(racksOfGroup, groups.size());
        aside = new int[groups.size()][];
        int total = 0;
        for (int i = 0; i < wanted.length; i++) {
            wanted[i] = Math.min(factors[i], membersOfGroup[i]);
            aside[i] = new int[membersOfGroup[i]];
            total += wanted[i];
        }
        memberMet = new int[count];
        rackMet = new int[rackNumbers.size()];
        taken = new int[wanted.length];
        racksTaken = new int[wanted.length];
        asideCount = new int[wanted.length];
        chosen = new int[total];
    }

    /** How many replicas a complete walk yields. */
    int replicas() {
        return chosen.length;
    }

    /** Begins a walk. */
    void begin() {
        walk++;
        chosenCount = 0;
        groupsOpen = wanted.length;
        Arrays.fill(taken, 0);
        Arrays.fill(racksTaken, 0);
        Arrays.fill(asideCount, 0);
    }

    /** Meets a member. True when the walk may end, since all replicas are found. */
    boolean meet(int member) {
        int of = group[member];
        if (of == NO_GROUP || memberMet[member] == walk || taken[of] == wanted[of]) {
            return groupsOpen == 0;
        }
        memberMet[member] = walk;
        if (rackMet[rack[member]] != walk) {
            rackMet[rack[member]] = walk;
            racksTaken[of]++;
            take(member, of);
            if (racksTaken[of] == racks[of]) {
                takeThoseAside(of);
            }
        } else if (racksTaken[of] == racks[of]) {
            take(member, of);
        } else {
            aside[of][asideCount[of]++] = member;
        }
        return groupsOpen == 0;
    }

    private void takeThoseAside(int of) {
        for (int i = 0; i < asideCount[of] && taken[of] < wanted[of]; i++) {
            take(aside[of][i], of);
        }
    }

    private void take(int member, int of) {
        chosen[chosenCount++] = member;
        taken[of]++;
        if (taken[of] == wanted[of]) {
            groupsOpen--;
        }
    }

    /** The replicas of a walk that is complete; changed by the next one. */
    int[] chosen() {
        return chosen;
    }
}
