package io.kvmesh.codec;

import java.util.function.BiConsumer;
import java.util.function.Function;

/** Types that always take the same number of bytes, or tell their own size in front. Immutable. */
final class OrderedFixed<T> extends OrderedForm<T> {
    private final BiConsumer<ByteWriter, T> writer;
    private final Function<ByteReader, T> reader;

    OrderedFixed(String name, BiConsumer<ByteWriter, T> writer, Function<ByteReader, T> reader) {
        super(name);
        this.writer = writer;
        this.reader = reader;
    }

    @Override
    void write(ByteWriter out, T value) {
        writer.accept(out, value);
    }

    @Override
    T read(ByteReader in) {
        return reader.apply(in);
    }
}
