package io.kvmesh.testkit.campaign;

import io.kvmesh.testkit.LinkSettings;
import io.kvmesh.testkit.SimCluster;
import io.kvmesh.testkit.SimNetwork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The faults of the network that are under way. Confined to the simulation's thread. */
final class NetworkFaults {
    private static final Duration FLAP_MEAN = Duration.ofMillis(400);
    private static final double NANOS_PER_MILLI = 1e6;

    private final SimCluster cluster;
    private final SimNetwork network;
    private final List<Fault> active = new ArrayList<>();

    NetworkFaults(SimCluster cluster) {
        this.cluster = cluster;
        this.network = cluster.network();
    }

    boolean begin(Fault fault) {
        active.add(fault);
        apply();
        return true;
    }

    void end(Fault fault) {
        if (active.remove(fault)) {
            apply();
        }
    }

    void end() {
        active.clear();
        apply();
    }

    /** Sets the whole network from the faults under way: faults overlap, and the end of one does not end the others. */
    private void apply() {
        network.use(LinkSettings.RELIABLE
                .withLoss(strongest(FaultKind.LOSS))
                .withDuplication(strongest(FaultKind.DUPLICATION))
                .withReordering(strongest(FaultKind.REORDERING))
                .withDelay(LinkSettings.RELIABLE.delayMin(), delayMean()));
        network.heal();
        active.forEach(this::cut);
    }

    private double strongest(FaultKind kind) {
        return active.stream()
                .filter(fault -> fault.kind() == kind)
                .map(Fault::amount)
                .max(Comparator.naturalOrder())
                .orElse(0.0);
    }

    private Duration delayMean() {
        long extraNanos = (long) (strongest(FaultKind.DELAY) * NANOS_PER_MILLI);
        return LinkSettings.RELIABLE.delayMean().plusNanos(extraNanos);
    }

    private void cut(Fault fault) {
        int members = cluster.members().size();
        switch (fault.kind()) {
            case HALVES -> network.partition(half(fault, members));
            case ISOLATION -> network.isolate(fault.member());
            case ONE_WAY -> network.cutOneWay(fault.member(), fault.other());
            case BRIDGE -> cutAround(fault, members);
            case FLAPPING -> network.flap(fault.member(), fault.other(), FLAP_MEAN, FLAP_MEAN);
            default -> {
                // The others change how frames travel.
            }
        }
    }

    /** Half of the members, beginning with the one that the fault names. */
    private static List<Integer> half(Fault fault, int members) {
        return IntStream.range(0, Math.max(1, members / 2))
                .mapToObj(i -> (fault.member() + i) % members)
                .toList();
    }

    private void cutAround(Fault fault, int members) {
        List<Integer> half = half(fault, members);
        int bridge = fault.other();
        for (int one : half) {
            for (int other = 0; other < members; other++) {
                if (one != bridge && other != bridge && !half.contains(other)) {
                    network.cut(one, other);
                }
            }
        }
    }
}
