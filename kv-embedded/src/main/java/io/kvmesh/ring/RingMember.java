package io.kvmesh.ring;

import io.kvmesh.api.KvConfig;
import io.kvmesh.model.NodeId;
import java.util.List;

/**
 * What of one member decides which partitions it holds. Immutable.
 *
 * @param weight how much it should hold, compared with others; positive
 * @param dataCenter where it is: members of one data centre reach each other fast
 * @param rack what it shares with neighbours that may fail together with it; racks of two data centres are different
 *     ones, also if they have the same name
 * @param tokens its positions on the ring, none if it holds nothing
 */
public record RingMember(NodeId node, double weight, String dataCenter, String rack, List<Token> tokens) {
    public static final String DATA_CENTER_DEFAULT = KvConfig.DATA_CENTER_DEFAULT;
    public static final String RACK_DEFAULT = KvConfig.RACK_DEFAULT;
    public static final double WEIGHT_DEFAULT = 1.0;

    public RingMember {
        if (!(weight > 0) || Double.isInfinite(weight)) {
            throw new IllegalArgumentException("weight " + weight + " of member " + node + " must be positive");
        }
        if (dataCenter.isEmpty() || rack.isEmpty()) {
            throw new IllegalArgumentException(
                    "data centre '" + dataCenter + "' and rack '" + rack + "' of member " + node + " need names");
        }
        tokens = List.copyOf(tokens);
    }

    /** A member of the usual weight, where there is one data centre with one rack. */
    public static RingMember of(NodeId node, List<Token> tokens) {
        return new RingMember(node, WEIGHT_DEFAULT, DATA_CENTER_DEFAULT, RACK_DEFAULT, tokens);
    }

    public RingMember withTokens(List<Token> others) {
        return new RingMember(node, weight, dataCenter, rack, others);
    }
}
