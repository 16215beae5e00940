package io.kvmesh.runtime;

import java.util.ArrayDeque;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Arrays of one size that are used again instead of being left to the garbage collector, for which large arrays that
 * live long but not for ever are the most work. Safe for any thread.
 *
 * <p>What an array held stays in it until its next user writes over it.
 */
public final class ArrayPool {
    private final int arrayBytes;
    private final int keptMax;
    private final ReaderEpochs epochs = new ReaderEpochs();
    /** Guarded by itself. */
    private final ArrayDeque<byte[]> free = new ArrayDeque<>();

    /** @param keptMax how many arrays that nobody uses are kept at most */
    public ArrayPool(int arrayBytes, int keptMax) {
        this.arrayBytes = arrayBytes;
        this.keptMax = keptMax;
    }

    public int arrayBytes() {
        return arrayBytes;
    }

    /** Those who read arrays that may be retired meanwhile enter here before. */
    public ReaderEpochs readers() {
        return epochs;
    }

    /** An array with anything in it. */
    public byte[] take() {
        byte[] found = poll();
        if (found == null) {
            epochs.advance();
            found = poll();
        }
        return found != null ? found : new byte[arrayBytes];
    }

    private byte @Nullable [] poll() {
        synchronized (free) {
            return free.pollFirst();
        }
    }

    /** Takes an array back that nobody else can see. */
    public void giveBack(byte[] array) {
        Invariants.check(array.length == arrayBytes, "an array was given back to a pool that it is not from");
        synchronized (free) {
            if (free.size() < keptMax) {
                free.addFirst(array);
            }
        }
    }

    /**
     * Takes arrays back that were taken out of sight, when all readers that may still see them have left.
     *
     * @param isLent asked then; arrays that somebody looks at without having entered are not used again
     */
    public void retire(List<byte[]> arrays, BooleanSupplier isLent) {
        epochs.retire(() -> {
            if (!isLent.getAsBoolean()) {
                arrays.forEach(this::giveBack);
            }
        });
    }
}
