package io.kvmesh.codec;

import io.kvmesh.api.CodecException;
import io.kvmesh.model.Murmur3;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A registered record, class or enum: its number, its fields and how to make its objects. Immutable. The number is a
 * hash of the class name, so that it is the same on every member, whatever was registered before it.
 */
final class ObjectType {
    private static final MethodHandles.Lookup LOOKUP = MethodHandles.lookup();
    private static final MethodType GETTER = MethodType.methodType(Object.class, Object.class);
    private static final MethodType SETTER = MethodType.methodType(void.class, Object.class, Object.class);
    private static final MethodType NO_ARGUMENTS = MethodType.methodType(Object.class);
    private static final int FORM_FIELDS = 1;
    private static final int FORM_ENUM = 2;

    private final Class<?> type;
    private final int id;
    private final List<ObjectField> fields;
    private final Map<String, Object> constants = new HashMap<>();
    private final @Nullable RecordShape record;
    private final @Nullable MethodHandle constructor;
    private final byte[] layout;
    private final ReadPlan plan;

    /** @throws CodecException if the class cannot be taken apart and put together */
    ObjectType(Class<?> type) {
        this.type = type;
        this.id = idOf(type.getName());
        this.record = type.isRecord() ? RecordShape.of(type) : null;
        this.constructor = type.isEnum() || record != null ? null : noArgumentConstructor(type);
        if (type.isEnum()) {
            for (Object constant : type.getEnumConstants()) {
                constants.put(((Enum<?>) constant).name(), constant);
            }
            this.fields = List.of();
        } else {
            this.fields = record != null ? componentsOf(record) : fieldsOf(type);
        }
        this.layout = encodeLayout();
        this.plan = planFor(new ByteReader(layout));
    }

    static int idOf(String className) {
        return (int) Murmur3.hash128(className.getBytes(StandardCharsets.UTF_8)).high();
    }

    Class<?> type() {
        return type;
    }

    int id() {
        return id;
    }

    List<ObjectField> fields() {
        return fields;
    }

    boolean isEnum() {
        return type.isEnum();
    }

    boolean isRecord() {
        return record != null;
    }

    /** The names and kinds of the fields, as they lie in front of every value that has such objects. Read only. */
    byte[] layout() {
        return layout;
    }

    /** How to read objects with this very layout. */
    ReadPlan plan() {
        return plan;
    }

    @Nullable
    Object constant(String name) {
        return constants.get(name);
    }

    Object newRecord(@Nullable Object[] values) {
        if (record == null) {
            throw new IllegalStateException(type + " is not a record");
        }
        return record.create(values);
    }

    /** Calls the constructor without arguments, which need not be public; null if there is none. */
    @Nullable
    Object newObject() {
        if (constructor == null) {
            return null;
        }
        try {
            return (Object) constructor.invokeExact();
        } catch (Throwable e) {
            throw Handles.unchecked(e);
        }
    }

    /** How the fields of a stored layout map to the fields of this class. */
    ReadPlan planFor(ByteReader stored) {
        int form = stored.readUnsignedByte();
        if (form != (isEnum() ? FORM_ENUM : FORM_FIELDS)) {
            throw new CodecFault(type.getName() + " was written in form " + form + " and is now "
                    + (isEnum() ? "an enum" : "not an enum"));
        }
        int count = stored.readVarInt();
        if (count < 0 || count > stored.remaining()) {
            throw new MalformedBytesException("a layout announces " + count + " fields");
        }
        FieldKind[] kinds = new FieldKind[count];
        int[] targets = new int[count];
        for (int i = 0; i < count; i++) {
            kinds[i] = FieldKind.ofCode(stored.readUnsignedByte());
            int length = stored.readVarInt();
            byte[] name = stored.readBytes(length);
            targets[i] = indexOf(Utf8.decode(name, 0, length));
        }
        return new ReadPlan(kinds, targets);
    }

    private int indexOf(String name) {
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).name().equals(name)) {
                return i;
            }
        }
        return ReadPlan.UNKNOWN;
    }

    private byte[] encodeLayout() {
        ByteWriter out = new ByteWriter(64);
        out.putByte(isEnum() ? FORM_ENUM : FORM_FIELDS).putVarInt(fields.size());
        for (ObjectField field : fields) {
            byte[] name = Utf8.encode(field.name());
            out.putByte(field.kind().code()).putVarInt(name.length).putBytes(name);
        }
        return out.toBytes();
    }

    private static List<ObjectField> componentsOf(RecordShape shape) {
        List<ObjectField> fields = new ArrayList<>();
        for (int i = 0; i < shape.size(); i++) {
            RecordComponent component = shape.component(i);
            Class<?> declared = component.getType();
            fields.add(new ObjectField(
                    component.getName(),
                    declared,
                    component.getGenericType(),
                    FieldKind.ofDeclared(declared),
                    shape.getter(i),
                    null));
        }
        return List.copyOf(fields);
    }

    /** The fields of the class and its ancestors by name, since the Java library promises no other order. */
    private static List<ObjectField> fieldsOf(Class<?> type) {
        Map<String, ObjectField> fields = new HashMap<>();
        for (Class<?> owner = type; owner != null && owner != Object.class; owner = owner.getSuperclass()) {
            for (Field field : owner.getDeclaredFields()) {
                boolean skipped = Modifier.isStatic(field.getModifiers())
                        || Modifier.isTransient(field.getModifiers())
                        || field.isSynthetic();
                if (!skipped && fields.put(field.getName(), fieldOf(type, field)) != null) {
                    throw new CodecException(type.getName() + " and its ancestors have two fields of the name "
                            + field.getName() + ": rename one, or mark one transient");
                }
            }
        }
        return fields.values().stream()
                .sorted(Comparator.comparing(ObjectField::name))
                .toList();
    }

    private static ObjectField fieldOf(Class<?> type, Field field) {
        try {
            field.setAccessible(true);
            return new ObjectField(
                    field.getName(),
                    field.getType(),
                    field.getGenericType(),
                    FieldKind.ofDeclared(field.getType()),
                    LOOKUP.unreflectGetter(field).asType(GETTER),
                    LOOKUP.unreflectSetter(field).asType(SETTER));
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new CodecException(TypeNames.closed(type), e);
        }
    }

    private static @Nullable MethodHandle noArgumentConstructor(Class<?> type) {
        try {
            var constructor = type.getDeclaredConstructor();
            constructor.setAccessible(true);
            return LOOKUP.unreflectConstructor(constructor).asType(NO_ARGUMENTS);
        } catch (NoSuchMethodException e) {
            return null;
        } catch (ReflectiveOperationException | RuntimeException e) {
            throw new CodecException(TypeNames.closed(type), e);
        }
    }
}
