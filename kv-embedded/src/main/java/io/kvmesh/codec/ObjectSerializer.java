package io.kvmesh.codec;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import java.lang.invoke.MethodHandle;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Records and plain classes, field by field in the order of their layout. Not safe for several threads. A reader steps
 * over fields that its class does not have, and fills fields that the writer did not have with null or zero. Numbers of
 * fixed size are big endian, as everywhere in our formats, where Kryo's are not.
 */
final class ObjectSerializer extends Serializer<Object> {
    private final ObjectType type;
    private final List<ObjectField> fields;
    private final Graph graph;

    ObjectSerializer(ObjectType type, Graph graph) {
        this.type = type;
        this.fields = type.fields();
        this.graph = graph;
    }

    @Override
    public void write(Kryo kryo, Output out, Object object) {
        for (int i = 0; i < fields.size(); i++) {
            ObjectField field = fields.get(i);
            try {
                writeField(kryo, out, field.kind(), Handles.get(field.getter(), object));
            } catch (RuntimeException e) {
                throw CodecFault.within("." + field.name(), e);
            }
        }
    }

    @Override
    public Object read(Kryo kryo, Input in, Class<?> ignored) {
        ReadPlan plan = graph.takePlan();
        @Nullable Object[] values = new Object[fields.size()];
        for (int i = 0; i < plan.size(); i++) {
            int target = plan.target(i);
            if (target == ReadPlan.UNKNOWN) {
                skipField(in, plan.kind(i));
                continue;
            }
            ObjectField field = fields.get(target);
            try {
                values[target] = field.convert(readField(kryo, in, plan.kind(i)));
            } catch (RuntimeException e) {
                throw CodecFault.within("." + field.name(), e);
            }
        }
        return type.isRecord() ? newRecord(plan, values) : newObject(kryo, plan, values);
    }

    private void writeField(Kryo kryo, Output out, FieldKind kind, @Nullable Object value) {
        if (value == null) {
            // Only texts and objects can be null; a size of zero says so.
            out.writeVarInt(0, true);
            return;
        }
        switch (kind) {
            case BOOLEAN -> out.writeBoolean((boolean) value);
            case BYTE -> out.writeByte((byte) value);
            case SHORT -> out.writeVarInt((short) value, false);
            case CHAR -> out.writeVarInt((char) value, true);
            case INT -> out.writeVarInt((int) value, false);
            case LONG -> out.writeVarLong((long) value, false);
            case FLOAT -> out.writeInt(Integer.reverseBytes(Float.floatToIntBits((float) value)));
            case DOUBLE -> out.writeLong(Long.reverseBytes(Double.doubleToLongBits((double) value)));
            case STRING -> writeString(out, (String) value);
            case OBJECT -> {
                int start = Sizes.begin(out);
                graph.write(kryo, out, value);
                Sizes.end(out, start);
            }
        }
    }

    private @Nullable Object readField(Kryo kryo, Input in, FieldKind kind) {
        return switch (kind) {
            case BOOLEAN -> in.readBoolean();
            case BYTE -> in.readByte();
            case SHORT -> (short) in.readVarInt(false);
            case CHAR -> (char) in.readVarInt(true);
            case INT -> in.readVarInt(false);
            case LONG -> in.readVarLong(false);
            case FLOAT -> Float.intBitsToFloat(Integer.reverseBytes(in.readInt()));
            case DOUBLE -> Double.longBitsToDouble(Long.reverseBytes(in.readLong()));
            case STRING -> readString(in);
            case OBJECT -> readObject(kryo, in);
        };
    }

    private static void skipField(Input in, FieldKind kind) {
        switch (kind) {
            case BOOLEAN, BYTE -> in.skip(1);
            case SHORT, CHAR, INT -> in.readVarInt(true);
            case LONG -> in.readVarLong(true);
            case FLOAT -> in.skip(Float.BYTES);
            case DOUBLE -> in.skip(Double.BYTES);
            case STRING -> in.skip(Math.max(0, textSize(in)));
            case OBJECT -> in.skip(Sizes.read(in));
        }
    }

    /** One more than the size, so that null and the empty text differ. */
    private static void writeString(Output out, String value) {
        byte[] bytes = Utf8.encode(value);
        out.writeVarInt(bytes.length + 1, true);
        out.writeBytes(bytes, 0, bytes.length);
    }

    private static @Nullable String readString(Input in) {
        int size = textSize(in);
        return size < 0 ? null : Sizes.readText(in, size);
    }

    /** The size of a text in bytes, or -1 for null. */
    private static int textSize(Input in) {
        int size = in.readVarInt(true) - 1;
        if (size < -1 || size > in.limit() - in.position()) {
            throw new MalformedBytesException("a text of " + size + " bytes exceeds those that follow");
        }
        return size;
    }

    private @Nullable Object readObject(Kryo kryo, Input in) {
        int size = Sizes.read(in);
        if (size == 0) {
            return null;
        }
        int end = in.position() + size;
        int outerLimit = in.limit();
        in.setLimit(end);
        Object value = graph.read(kryo, in);
        in.setLimit(outerLimit);
        if (in.position() != end) {
            throw new MalformedBytesException((end - in.position()) + " bytes are left over");
        }
        return value;
    }

    private Object newRecord(ReadPlan plan, @Nullable Object[] values) {
        for (int i = 0; i < values.length; i++) {
            if (values[i] == null) {
                values[i] = fields.get(i).defaultValue();
            }
        }
        try {
            return type.newRecord(values);
        } catch (RuntimeException e) {
            String absent = absentFields(plan);
            throw absent.isEmpty() ? e : CodecFault.within(" (written without" + absent + ")", e);
        }
    }

    /** Fields that the writer did not have keep what the constructor without arguments gave them, if there is one. */
    private Object newObject(Kryo kryo, ReadPlan plan, @Nullable Object[] values) {
        Object made = type.newObject();
        Object object = made != null ? made : kryo.newInstance(type.type());
        for (int i = 0; i < values.length; i++) {
            MethodHandle setter = fields.get(i).setter();
            if (setter != null && plan.fills(i)) {
                Handles.set(setter, object, values[i]);
            }
        }
        return object;
    }

    private String absentFields(ReadPlan plan) {
        StringBuilder names = new StringBuilder();
        for (int i = 0; i < fields.size(); i++) {
            if (!plan.fills(i)) {
                names.append(' ').append(fields.get(i).name());
            }
        }
        return names.toString();
    }
}
