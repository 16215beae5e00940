package io.kvmesh.storage.sstable;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.model.NodeId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Numbers the members whose stamps are in a table, in the order in which they are met, so that a record names one in a
 * few bits. Not safe for several threads.
 */
final class Origins {
    private final List<NodeId> members = new ArrayList<>();
    private final Map<NodeId, Integer> numbers = new HashMap<>();
    /** Most records come from the member that the one before them came from. */
    private @Nullable NodeId lastMember;

    private int lastNumber;

    int numberOf(NodeId member) {
        if (member.equals(lastMember)) {
            return lastNumber;
        }
        Integer known = numbers.get(member);
        if (known == null) {
            known = members.size();
            numbers.put(member, known);
            members.add(member);
        }
        lastMember = member;
        lastNumber = known;
        return known;
    }

    int sizeBytes() {
        return Integer.BYTES + members.size() * Long.BYTES;
    }

    void encode(ByteWriter writer) {
        writer.putInt(members.size());
        for (NodeId member : members) {
            writer.putLong(member.value());
        }
    }

    static NodeId[] decode(ByteReader reader) {
        NodeId[] members = new NodeId[reader.readCount(Long.BYTES)];
        for (int i = 0; i < members.length; i++) {
            members[i] = new NodeId(reader.readLong());
        }
        return members;
    }
}
