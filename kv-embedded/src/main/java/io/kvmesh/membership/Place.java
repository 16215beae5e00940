package io.kvmesh.membership;

import io.kvmesh.api.KvConfig;
import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.NodeId;
import io.kvmesh.ring.RingMember;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a member is, and what it wants of the ring. Immutable.
 *
 * @param weight how much it is to hold, compared with others
 * @param vnodes how many tokens it wants
 * @param replaces the member whose tokens it is to have; null if it is to have new ones
 */
public record Place(
        String dataCenter,
        String rack,
        double weight,
        int vnodes,
        @Nullable NodeId replaces) {
    private static final int NAME_CHARACTERS_MAX = 128;

    public Place {
        if (vnodes < 1 || vnodes > EndpointState.TOKENS_MAX) {
            throw new IllegalArgumentException(
                    "vnodes " + vnodes + " must be between 1 and " + EndpointState.TOKENS_MAX);
        }
    }

    /** The usual place, with so many tokens. */
    public static Place of(int vnodes) {
        return new Place(
                RingMember.DATA_CENTER_DEFAULT, RingMember.RACK_DEFAULT, RingMember.WEIGHT_DEFAULT, vnodes, null);
    }

    /** As a store's settings ask for it: a heavier member has more tokens, as many as are allowed. */
    public static Place of(KvConfig config) {
        long tokens = Math.round(config.vnodes() * config.weight());
        int vnodes = (int) Math.max(1, Math.min(EndpointState.TOKENS_MAX, tokens));
        return new Place(
                config.dataCenter(),
                config.rack(),
                config.weight(),
                vnodes,
                config.replaces().map(NodeId::parse).orElse(null));
    }

    /** This place taken by a member, without tokens. */
    RingMember takenBy(NodeId node) {
        return new RingMember(node, weight, dataCenter, rack, List.of());
    }

    byte[] encode() {
        NodeId replaced = replaces;
        return new ByteWriter(64)
                .putString(dataCenter)
                .putString(rack)
                .putLong(Double.doubleToLongBits(weight))
                .putShort(vnodes)
                .putByte(replaced == null ? 0 : 1)
                .putLong(replaced == null ? 0 : replaced.value())
                .toBytes();
    }

    /** @throws MalformedBytesException if that is no place */
    static Place decode(byte[] bytes) {
        ByteReader reader = new ByteReader(bytes);
        String dataCenter = name(reader);
        String rack = name(reader);
        double weight = Double.longBitsToDouble(reader.readLong());
        int vnodes = reader.readUnsignedShort();
        boolean replacing = reader.readUnsignedByte() == 1;
        NodeId replaced = new NodeId(reader.readLong());
        if (!(weight > 0) || Double.isInfinite(weight) || vnodes < 1 || vnodes > EndpointState.TOKENS_MAX) {
            throw new MalformedBytesException("a place of weight " + weight + " with " + vnodes + " tokens");
        }
        return new Place(dataCenter, rack, weight, vnodes, replacing ? replaced : null);
    }

    private static String name(ByteReader reader) {
        String name = reader.readString();
        if (name.isEmpty() || name.length() > NAME_CHARACTERS_MAX) {
            throw new MalformedBytesException("a data centre or rack has a name of " + name.length() + " characters");
        }
        return name;
    }
}
