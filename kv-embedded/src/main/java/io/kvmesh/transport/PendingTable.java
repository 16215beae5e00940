package io.kvmesh.transport;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The registered operations by correlation number, without an allocation for an entry. Safe for any thread.
 *
 * <p>Correlation numbers ascend, so their lowest bits spread them evenly: over the stripes, each with a monitor, and
 * over the slots of a stripe. A slot is found by linear probing; removal moves later entries of a run forward.
 */
final class PendingTable {
    private static final int STRIPES = 64;
    private static final int STRIPE_BITS = Integer.numberOfTrailingZeros(STRIPES);
    private static final int SLOTS_INITIAL = 8;

    private final Stripe[] stripes = new Stripe[STRIPES];
    private final AtomicInteger size = new AtomicInteger();

    PendingTable() {
        for (int i = 0; i < STRIPES; i++) {
            stripes[i] = new Stripe();
        }
    }

    int size() {
        return size.get();
    }

    void put(PendingOperation operation) {
        stripeOf(operation.correlation).put(operation);
        size.incrementAndGet();
    }

    @Nullable
    PendingOperation get(long correlation) {
        return stripeOf(correlation).get(correlation);
    }

    @Nullable
    PendingOperation remove(long correlation) {
        PendingOperation removed = stripeOf(correlation).remove(correlation);
        if (removed != null) {
            size.decrementAndGet();
        }
        return removed;
    }

    /** All operations, in an order that follows from their numbers. */
    List<PendingOperation> snapshot() {
        List<PendingOperation> all = new ArrayList<>(size());
        for (Stripe stripe : stripes) {
            stripe.addTo(all);
        }
        return all;
    }

    private Stripe stripeOf(long correlation) {
        return stripes[(int) correlation & (STRIPES - 1)];
    }

    private static final class Stripe {
        private @Nullable PendingOperation[] slots = new PendingOperation[SLOTS_INITIAL];
        private int used;

        synchronized void put(PendingOperation operation) {
            if (used * 2 >= slots.length) {
                grow();
            }
            insert(operation);
            used++;
        }

        synchronized @Nullable PendingOperation get(long correlation) {
            return slots[find(correlation)];
        }

        synchronized @Nullable PendingOperation remove(long correlation) {
            int hole = find(correlation);
            PendingOperation removed = slots[hole];
            if (removed != null) {
                used--;
                slots[hole] = null;
                closeGap(hole);
            }
            return removed;
        }

        synchronized void addTo(List<PendingOperation> all) {
            for (PendingOperation operation : slots) {
                if (operation != null) {
                    all.add(operation);
                }
            }
        }

        /** The slot of this number, or the free one at which it would be. */
        private int find(long correlation) {
            int at = home(correlation);
            PendingOperation there = slots[at];
            while (there != null && there.correlation != correlation) {
                at = (at + 1) & (slots.length - 1);
                there = slots[at];
            }
            return at;
        }

        private void insert(PendingOperation operation) {
            slots[find(operation.correlation)] = operation;
        }

        private void closeGap(int freed) {
            int hole = freed;
            int at = (hole + 1) & (slots.length - 1);
            PendingOperation there = slots[at];
            while (there != null) {
                // An entry may move into the hole unless its home lies behind the hole.
                int distanceFromHome = (at - home(there.correlation)) & (slots.length - 1);
                int distanceFromHole = (at - hole) & (slots.length - 1);
                if (distanceFromHome >= distanceFromHole) {
                    slots[hole] = there;
                    slots[at] = null;
                    hole = at;
                }
                at = (at + 1) & (slots.length - 1);
                there = slots[at];
            }
        }

        private void grow() {
            @Nullable PendingOperation[] old = slots;
            slots = new PendingOperation[old.length * 2];
            for (PendingOperation operation : old) {
                if (operation != null) {
                    insert(operation);
                }
            }
        }

        private int home(long correlation) {
            return (int) (correlation >>> STRIPE_BITS) & (slots.length - 1);
        }
    }
}
