package io.kvmesh.ring;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How many partitions each member would hold if load went exactly by weight. Stateless.
 *
 * <p>No member holds a partition twice, so a heavy one among few gets less than its weight asks for, and the others the
 * rest. Where there are no more racks than copies each rack has a copy of everything; where there are more, none has
 * two.
 */
public final class FairShares {
    private FairShares() {}

    /** The shares in the order of the members, in partitions. */
    public static double[] of(int partitions, Replication replication, List<RingMember> members) {
        double[] shares = new double[members.size()];
        Map<String, List<Integer>> groups = new TreeMap<>();
        for (int i = 0; i < members.size(); i++) {
            RingMember member = members.get(i);
            if (replication.factorFor(member) > 0) {
                groups.computeIfAbsent(replication.groupOf(member), name -> new ArrayList<>())
                        .add(i);
            }
        }
        groups.values().forEach(group -> shareGroup(partitions, replication, members, group, shares));
        return shares;
    }

    private static void shareGroup(
            int partitions, Replication replication, List<RingMember> members, List<Integer> group, double[] shares) {
        int copies = Math.min(group.size(), replication.factorFor(members.get(group.get(0))));
        Map<List<String>, List<Integer>> racks =
                new TreeMap<>((one, other) -> Arrays.compare(one.toArray(new String[0]), other.toArray(new String[0])));
        for (int i : group) {
            RingMember member = members.get(i);
            racks.computeIfAbsent(List.of(member.dataCenter(), member.rack()), name -> new ArrayList<>())
                    .add(i);
        }
        List<List<Integer>> rackMembers = List.copyOf(racks.values());
        double[] weights = new double[rackMembers.size()];
        double[] most = new double[rackMembers.size()];
        boolean oneEach = rackMembers.size() >= copies;
        double base = oneEach ? 0 : partitions;
        for (int rack = 0; rack < weights.length; rack++) {
            for (int i : rackMembers.get(rack)) {
                weights[rack] += members.get(i).weight();
            }
            most[rack] = oneEach
                    ? partitions
                    : (double) partitions * (rackMembers.get(rack).size() - 1);
        }
        double[] ofRacks = divide((double) partitions * copies - base * weights.length, weights, most);
        for (int rack = 0; rack < weights.length; rack++) {
            shareRack(partitions, base + ofRacks[rack], members, rackMembers.get(rack), shares);
        }
    }

    private static void shareRack(
            int partitions, double ofRack, List<RingMember> members, List<Integer> rack, double[] shares) {
        double[] weights = new double[rack.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = members.get(rack.get(i)).weight();
        }
        double[] most = new double[weights.length];
        Arrays.fill(most, partitions);
        double[] divided = divide(ofRack, weights, most);
        for (int i = 0; i < weights.length; i++) {
            shares[rack.get(i)] = divided[i];
        }
    }

    /** Divides a total by weight, where none gets more than its most. */
    private static double[] divide(double total, double[] weights, double[] most) {
        double[] parts = new double[weights.length];
        boolean[] full = new boolean[weights.length];
        double left = total;
        boolean again = true;
        while (again) {
            again = false;
            double open = 0;
            for (int i = 0; i < parts.length; i++) {
                open += full[i] ? 0 : weights[i];
            }
            double perWeight = open == 0 ? 0 : left / open;
            for (int i = 0; i < parts.length; i++) {
                if (!full[i] && perWeight * weights[i] >= most[i]) {
                    parts[i] = most[i];
                    left -= most[i];
                    full[i] = true;
                    again = true;
                }
            }
            for (int i = 0; i < parts.length && !again; i++) {
                parts[i] = full[i] ? parts[i] : perWeight * weights[i];
            }
        }
        return parts;
    }
}
