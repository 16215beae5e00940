package io.kvmesh.codec;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the serializers of one engine share while they write or read one value. Not safe for several threads. */
final class Graph {
    /** Objects within objects. Cycles end here, too: a value is a tree, without references to what came before. */
    static final int DEPTH_MAX = 100;

    static final int LAYOUTS_MAX = 10_000;

    /** A layout as it was stored, bound to the class as it is today; both null if that type is not registered. */
    private record Stored(
            int id, @Nullable ObjectType type, @Nullable ReadPlan plan) {}

    /** The last layout of a type that differed from today's. */
    private static final class Foreign {
        private final byte[] layout;
        private final ReadPlan plan;

        Foreign(byte[] layout, ReadPlan plan) {
            this.layout = layout;
            this.plan = plan;
        }
    }

    private final ObjectTypes types;
    private final List<ObjectType> written = new ArrayList<>();
    private final IdentityHashMap<ObjectType, Integer> writtenIndexes = new IdentityHashMap<>();
    private final List<Stored> stored = new ArrayList<>();
    private final IdentityHashMap<ObjectType, Foreign> foreign = new IdentityHashMap<>();
    private @Nullable ReadPlan plan;
    private int depth;

    Graph(ObjectTypes types) {
        this.types = types;
    }

    void start() {
        written.clear();
        writtenIndexes.clear();
        stored.clear();
        plan = null;
        depth = 0;
    }

    /** Type code and body of an object. */
    void write(Kryo kryo, Output out, @Nullable Object value) {
        descend();
        kryo.writeClassAndObject(out, value);
        depth--;
    }

    /** Type code and body of an object. */
    @Nullable
    Object read(Kryo kryo, Input in) {
        descend();
        Object value = kryo.readClassAndObject(in);
        depth--;
        return value;
    }

    /** The place of the type's layout in front of the value that is being written. */
    int indexOf(ObjectType type) {
        Integer known = writtenIndexes.get(type);
        if (known != null) {
            return known;
        }
        written.add(type);
        writtenIndexes.put(type, written.size() - 1);
        return written.size() - 1;
    }

    void writeLayouts(ByteWriter out) {
        out.putVarInt(written.size());
        for (ObjectType type : written) {
            out.putInt(type.id()).putVarInt(type.layout().length).putBytes(type.layout());
        }
    }

    void readLayouts(ByteReader in) {
        int count = in.readVarInt();
        if (count < 0 || count > LAYOUTS_MAX || count > in.remaining()) {
            throw new MalformedBytesException("the value announces " + count + " layouts");
        }
        for (int i = 0; i < count; i++) {
            int id = in.readInt();
            int length = in.readVarInt();
            int start = in.position();
            in.skip(length);
            ObjectType type = types.ofId(id);
            stored.add(type == null ? new Stored(id, null, null) : new Stored(id, type, bind(type, in, start, length)));
        }
    }

    /** The type of a stored layout; its plan is then what {@link #takePlan} yields. */
    ObjectType typeAt(int index) {
        if (index < 0 || index >= stored.size()) {
            throw new MalformedBytesException("an object refers to layout " + index + " of " + stored.size());
        }
        Stored found = stored.get(index);
        if (found.type() == null) {
            throw new CodecFault(String.format(
                    "the value holds an object of a type (number %08x) that is not registered here: register the same"
                            + " classes on every member, under the same names",
                    found.id()));
        }
        plan = found.plan();
        return found.type();
    }

    ReadPlan takePlan() {
        ReadPlan taken = plan;
        if (taken == null) {
            throw new MalformedBytesException("an object has no layout");
        }
        return taken;
    }

    private ReadPlan bind(ObjectType type, ByteReader in, int start, int length) {
        byte[] bytes = in.array();
        byte[] own = type.layout();
        if (Arrays.equals(own, 0, own.length, bytes, start, start + length)) {
            return type.plan();
        }
        Foreign last = foreign.get(type);
        if (last != null && Arrays.equals(last.layout, 0, last.layout.length, bytes, start, start + length)) {
            return last.plan;
        }
        ReadPlan bound = type.planFor(new ByteReader(bytes, start, length));
        foreign.put(type, new Foreign(Arrays.copyOfRange(bytes, start, start + length), bound));
        return bound;
    }

    private void descend() {
        if (++depth > DEPTH_MAX) {
            throw new CodecFault("objects are nested deeper than " + DEPTH_MAX + " levels, or contain themselves");
        }
    }
}
