package io.kvmesh.codec;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import java.util.Optional;

/** An optional: its content, or null. Not safe for several threads. */
final class OptionalSerializer extends Serializer<Optional<?>> {
    private final Graph graph;

    OptionalSerializer(Graph graph) {
        this.graph = graph;
    }

    @Override
    public void write(Kryo kryo, Output out, Optional<?> optional) {
        graph.write(kryo, out, optional.orElse(null));
    }

    @Override
    public Optional<?> read(Kryo kryo, Input in, Class<? extends Optional<?>> type) {
        return Optional.ofNullable(graph.read(kryo, in));
    }
}
