package io.kvmesh.hint;

import io.kvmesh.metadata.Hint;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapId;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.Version;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Hints and members for tests. Stateless. */
final class Hints {
    static final NodeId SELF = new NodeId(1);
    static final NodeId TARGET = new NodeId(2);
    static final NodeId OTHER = new NodeId(3);
    static final NodeId FOURTH = new NodeId(4);
    static final MapId MAP = MapId.ofName("m");

    private Hints() {}

    /** A hint whose time of creation tells it from others. */
    static Hint hint(NodeId target, long createdMicros) {
        return Hint.of(
                target,
                MAP,
                Key.of(0, Long.toString(1_000_000 + createdMicros).getBytes(StandardCharsets.US_ASCII)),
                Cell.of(new byte[100], new Version(createdMicros, SELF)),
                createdMicros);
    }

    static List<Hint> hints(NodeId target, int count) {
        List<Hint> hints = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            hints.add(hint(target, i));
        }
        return hints;
    }

    static List<Long> created(List<Hint> hints) {
        return hints.stream().map(Hint::createdMicros).toList();
    }

    static HintLimits limits(int hintsPerTargetMax, long bytesPerTargetMax) {
        return new HintLimits(hintsPerTargetMax, bytesPerTargetMax, bytesPerTargetMax * 2, 10, 10_000, 4, 1_000_000, 3);
    }
}
