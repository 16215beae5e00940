package io.kvmesh.testkit.ring;

import io.kvmesh.model.NodeId;
import io.kvmesh.ring.FairShares;
import io.kvmesh.ring.Partitioner;
import io.kvmesh.ring.Ring;
import io.kvmesh.ring.RingMember;
import io.kvmesh.ring.Token;
import io.kvmesh.ring.TokenAllocator;
import io.kvmesh.runtime.RandomSource;
import java.util.ArrayList;
import java.util.List;

/** A ring that members come to and go from, one by one. Confined to one thread. */
final class RingGrowth {
    private final RingOptions options;
    private final RandomSource random;
    private final Partitioner partitioner;
    private final List<RingMember> members = new ArrayList<>();
    private Ring ring;

    RingGrowth(RingOptions options) {
        this.options = options;
        this.random = RandomSource.seeded(options.seed());
        this.partitioner = new Partitioner(options.partitions());
        this.ring = ring();
    }

    /**
     * How evenly a ring is shared. Immutable.
     *
     * @param most the largest of what members hold, in fair shares
     * @param least the smallest
     * @param mostFirst the largest number of partitions that a member is the first replica of, in fair shares
     */
    record Balance(double most, double least, double mostFirst) {}

    /**
     * What moved when a member came or went, in copies of partitions. Immutable.
     *
     * @param minimum the fair share of the one that came; what the one that went had held
     */
    record Move(int moved, double minimum) {
        double ratio() {
            return minimum == 0 ? 1 : moved / minimum;
        }
    }

    int size() {
        return members.size();
    }

    Move join() {
        int number = members.size();
        List<String> dataCenters = options.dataCenters();
        RingMember joining = new RingMember(
                new NodeId(random.nextLong()),
                options.weights().get(number % options.weights().size()),
                dataCenters.get(number % dataCenters.size()),
                "rack" + (number / dataCenters.size() % options.racks() + 1),
                List.of());
        int count = Math.max(1, (int) Math.round(options.vnodes() * joining.weight()));
        List<Token> tokens = members.isEmpty()
                ? TokenAllocator.allocate(count, List.of(), random)
                : TokenAllocator.allocate(count, ring, joining, random);
        members.add(joining.withTokens(tokens));
        int moved = change();
        return new Move(moved, shares()[members.size() - 1]);
    }

    /** One member goes, chosen at random. */
    Move leave() {
        RingMember leaving = members.remove(random.nextInt(members.size()));
        int held = ring.held(leaving.node());
        return new Move(change(), members.size() < options.replication().total() ? 0 : held);
    }

    /** The copies that are on a member now and were not before. */
    private int change() {
        Ring before = ring;
        ring = ring();
        int moved = 0;
        for (int partition = 0; partition < options.partitions(); partition++) {
            List<NodeId> had = before.replicasOf(partition);
            for (NodeId node : ring.replicasOf(partition)) {
                moved += had.contains(node) ? 0 : 1;
            }
        }
        return moved;
    }

    Balance balance() {
        double[] loads = loads();
        double most = 0;
        double least = Double.POSITIVE_INFINITY;
        double mostFirst = 0;
        double[] shares = shares();
        double copies = 0;
        for (double share : shares) {
            copies += share;
        }
        for (int i = 0; i < loads.length; i++) {
            most = Math.max(most, loads[i]);
            least = Math.min(least, loads[i]);
            double firstShare = shares[i] / copies;
            mostFirst = Math.max(mostFirst, ring.ownership(members.get(i).node()) / firstShare);
        }
        return new Balance(most, least, mostFirst);
    }

    /** What each member holds, in fair shares. */
    double[] loads() {
        double[] loads = shares();
        for (int i = 0; i < loads.length; i++) {
            loads[i] = ring.held(members.get(i).node()) / loads[i];
        }
        return loads;
    }

    private double[] shares() {
        return FairShares.of(options.partitions(), options.replication(), members);
    }

    private Ring ring() {
        return Ring.of(partitioner, options.replication(), members);
    }
}
