package io.kvmesh.coordinator;

import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.NodeId;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings the write of one round to all other members that are to have it. Guarded by its own monitor, which is not held
 * while something is sent.
 *
 * <ol>
 *   <li>A replica in this data centre gets the write directly, as does one that is alone in another.
 *   <li>Several in another data centre get it once: one of them carries it to the others, another one each time. These
 *       answer through it, whether or not they can be reached from here. Their budgets are held as if it had been sent
 *       to them.
 * <li>Those that do not answer for a while, or whose carrier failed, get it directly. A carrier that is silent gets it
 * from one of them, too, since only the way to it may be cut.
 * </ol>
 */
final class WriteDelivery {
    private final CoordinatorContext context;
    private final WriteRound round;
    private final ReplicaPlan plan;
    /** How long those are waited for to which the write is carried. */
    private final long patienceNanos;

    private final List<Crossing> crossings = new ArrayList<>(0);
    private long directNanos;

    /** Who carries the write to whom. */
    private record Crossing(NodeId carrier, List<NodeId> receivers) {}

    WriteDelivery(CoordinatorContext context, WriteRound round, ReplicaPlan plan) {
        this.context = context;
        this.round = round;
        this.plan = plan;
        this.patienceNanos = context.operationTimeoutNanos() / 4;
    }

    /** Sends it. The round is registered before. */
    void start() {
        ByteWriter write = round.newWrite();
        List<List<NodeId>> far = plan.farTargets();
        if (!far.isEmpty()) {
            crossAll(far, write);
        }
        for (NodeId target : plan.targets()) {
            if (!target.equals(context.self()) && !isAmong(far, target)) {
                context.messenger().send(target, write);
            }
        }
    }

    /** A carrier that failed may have passed nothing on. */
    void onUnanswered(NodeId replica) {
        takeCrossingOf(replica).forEach(this::sendDirectly);
    }

    void onTick(long nowNanos) {
        takeOverdue(nowNanos).forEach(this::goAround);
    }

    private void crossAll(List<List<NodeId>> far, ByteWriter write) {
        long nowNanos = context.clock().monotonicNanos();
        int turn = context.slowReplicas().nextTurn();
        synchronized (this) {
            directNanos = nowNanos + patienceNanos;
        }
        for (List<NodeId> there : far) {
            List<NodeId> met =
                    there.stream().filter(context.messenger()::hasSession).toList();
            cross(there, context.slowReplicas().choose(met.isEmpty() ? there : met, turn, nowNanos), write);
        }
    }

    private void cross(List<NodeId> there, NodeId carrier, ByteWriter write) {
        List<NodeId> receivers = new ArrayList<>(there.size());
        for (NodeId replica : there) {
            if (replica.equals(carrier)) {
                continue;
            }
            if (round.expectWrite(replica, write.length())) {
                receivers.add(replica);
            } else {
                // Tells the round, too, why it cannot be reached.
                context.messenger().send(replica, write);
            }
        }
        if (receivers.isEmpty()) {
            context.messenger().send(carrier, write);
            return;
        }
        add(new Crossing(carrier, receivers));
        context.messenger().send(carrier, round.newCarriedWrite(receivers));
    }

    private synchronized void add(Crossing crossing) {
        crossings.add(crossing);
    }

    private synchronized List<Crossing> takeCrossingOf(NodeId carrier) {
        List<Crossing> taken = crossings.stream()
                .filter(each -> each.carrier().equals(carrier))
                .toList();
        crossings.removeAll(taken);
        return taken;
    }

    private synchronized List<Crossing> takeOverdue(long nowNanos) {
        if (crossings.isEmpty() || nowNanos - directNanos < 0) {
            return List.of();
        }
        List<Crossing> taken = List.copyOf(crossings);
        crossings.clear();
        return taken;
    }

    /** The carrier was silent, or those were to whom it carries. */
    private void goAround(Crossing crossing) {
        boolean stopped = round.pending().contains(crossing.carrier());
        List<NodeId> open = takeOpen(crossing, stopped);
        ByteWriter write = round.newWrite();
        for (NodeId receiver : open) {
            boolean carries =
                    stopped && receiver.equals(open.get(0)) && round.expectWrite(crossing.carrier(), write.length());
            context.messenger().send(receiver, carries ? round.newCarriedWrite(List.of(crossing.carrier())) : write);
        }
    }

    private void sendDirectly(Crossing crossing) {
        List<NodeId> open = takeOpen(crossing, round.pending().contains(crossing.carrier()));
        ByteWriter write = round.newWrite();
        open.forEach(receiver -> context.messenger().send(receiver, write));
    }

    /** Those that have not answered; what they answer through the carrier is not awaited any more. */
    private List<NodeId> takeOpen(Crossing crossing, boolean stopped) {
        List<NodeId> open = new ArrayList<>(crossing.receivers());
        open.removeIf(receiver -> !round.stopExpectingWrite(receiver));
        if (!open.isEmpty()) {
            // A carrier that answered has passed it on: then those that did not answer should carry nothing, either.
            List<NodeId> slow = stopped ? List.of(crossing.carrier()) : open;
            context.slowReplicas().mark(slow, context.clock().monotonicNanos());
        }
        return open;
    }

    private static boolean isAmong(List<List<NodeId>> far, NodeId target) {
        for (List<NodeId> there : far) {
            if (there.contains(target)) {
                return true;
            }
        }
        return false;
    }
}
