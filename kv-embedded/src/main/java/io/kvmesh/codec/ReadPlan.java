package io.kvmesh.codec;

import java.util.BitSet;

/** How the fields of one stored layout map to the fields of the class as it is today. Immutable. */
final class ReadPlan {
    /** The target of a field that the class no longer has. */
    static final int UNKNOWN = -1;

    private final FieldKind[] kinds;
    private final int[] targets;
    /** The fields of today's class that the stored layout has. */
    private final BitSet filled = new BitSet();

    ReadPlan(FieldKind[] kinds, int[] targets) {
        for (int target : targets) {
            if (target != UNKNOWN) {
                if (filled.get(target)) {
                    throw new MalformedBytesException("a layout names a field twice");
                }
                filled.set(target);
            }
        }
        this.kinds = kinds;
        this.targets = targets;
    }

    int size() {
        return kinds.length;
    }

    FieldKind kind(int index) {
        return kinds[index];
    }

    int target(int index) {
        return targets[index];
    }

    /** Whether the stored layout has a field for this one. */
    boolean fills(int field) {
        return filled.get(field);
    }
}
