package io.kvmesh.repair;

import io.kvmesh.api.KvException;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.membership.ClusterView;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Learns the maps of other members: one that was away when a map was created is to compare its partitions nevertheless.
 * Stateless.
 */
final class MapExchange {
    private static final Logger LOG = LoggerFactory.getLogger(MapExchange.class);

    private MapExchange() {}

    /** Asks all members that are alive, and goes on in the background, whatever they answer. */
    static void learn(RepairSeams seams, Runnable onDone) {
        ClusterView view = seams.view().get();
        List<NodeId> peers = new ArrayList<>();
        for (NodeId node : view.ring().members()) {
            if (!node.equals(view.self()) && view.isAlive(node)) {
                peers.add(node);
            }
        }
        InTurn.each(
                peers.iterator(),
                (peer, next) -> RepairCall.ask(
                        seams,
                        peer,
                        MerkleMessages.request(MerkleKind.MAPS),
                        reply -> take(seams, reply, next),
                        reason -> {
                            LOG.debug("The maps of {} are not learned: {}", peer, reason);
                            next.run();
                        }),
                onDone);
    }

    private static void take(RepairSeams seams, ByteReader reply, Runnable next) {
        List<MapDescriptor> maps = MerkleMessages.readMaps(reply);
        seams.laterOnFlush(() -> {
            for (MapDescriptor map : maps) {
                try {
                    seams.engine().createMap(map);
                } catch (KvException e) {
                    LOG.warn("The map '{}' of another member cannot be repaired here", map.name(), e);
                }
            }
            seams.later(next);
        });
    }
}
