package io.kvmesh.codec;

import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** What collections and maps have in common in the bytes. Stateless. */
final class Elements {
    /** How many places are made before their elements were read. */
    static final int PRESIZED_MAX = 1_024;

    private static final int NATURAL = 0;
    private static final int REVERSED = 1;

    private Elements() {}

    /**
     * Puts elements into the order of their bytes. Collections without an order of their own are written so, for equal
     * ones to have equal bytes, whatever they held before and whatever the JVM.
     *
     * @param ends where each element ends; the first begins at {@code start}
     */
    static void sort(byte[] buffer, int start, int[] ends) {
        if (ends.length < 2) {
            return;
        }
        byte[][] chunks = new byte[ends.length][];
        int from = start;
        for (int i = 0; i < ends.length; i++) {
            chunks[i] = Arrays.copyOfRange(buffer, from, ends[i]);
            from = ends[i];
        }
        Arrays.sort(chunks, Arrays::compareUnsigned);
        int to = start;
        for (byte[] chunk : chunks) {
            System.arraycopy(chunk, 0, buffer, to, chunk.length);
            to += chunk.length;
        }
    }

    static void writeOrder(Output out, @Nullable Comparator<?> comparator) {
        if (comparator == null || comparator.equals(Comparator.naturalOrder())) {
            out.writeByte(NATURAL);
        } else if (comparator.equals(Collections.reverseOrder())) {
            out.writeByte(REVERSED);
        } else {
            throw new CodecFault("the collection is sorted by "
                    + comparator.getClass().getName() + "; only natural and reverse order can be written");
        }
    }

    /** Null stands for the natural order. */
    static @Nullable Comparator<Object> readOrder(Input in) {
        int order = in.readByte();
        if (order != NATURAL && order != REVERSED) {
            throw new MalformedBytesException("a sorted collection has the unknown order " + order);
        }
        return order == NATURAL ? null : Collections.reverseOrder();
    }
}
