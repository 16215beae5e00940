package io.kvmesh.codec;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Registration;
import com.esotericsoftware.kryo.kryo5.Serializer;
import com.esotericsoftware.kryo.kryo5.io.Input;
import com.esotericsoftware.kryo.kryo5.io.Output;
import com.esotericsoftware.kryo.kryo5.util.DefaultClassResolver;
import java.time.ZoneId;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes the type of each object as a code of ours: 0 for null, below 64 for types of the Java library, from 64 on for
 * the layouts in front of the value. Not safe for several threads. Types without a code are refused in both directions.
 */
@SuppressWarnings("rawtypes") // As in the class it extends.
final class TypeResolver extends DefaultClassResolver {
    static final int NULL = 0;
    static final int FIRST_LAYOUT = 64;

    private final ObjectTypes types;
    private final Graph graph;
    private final IdentityHashMap<Class<?>, Registration> byClass = new IdentityHashMap<>();
    private final ByteWriter scratch = new ByteWriter(64);
    private final @Nullable Registration[] byCode = new Registration[FIRST_LAYOUT];
    private final IdentityHashMap<ObjectType, Registration> byType = new IdentityHashMap<>();
    private final IdentityHashMap<Class<?>, ObjectType> objects = new IdentityHashMap<>();
    private final Map<String, Integer> hiddenClasses = new HashMap<>(Containers.CODES_OF_HIDDEN_CLASSES);

    TypeResolver(ObjectTypes types, Graph graph) {
        this.types = types;
        this.graph = graph;
    }

    void registerAll(Kryo kryo) {
        Containers.all(graph).forEach(container -> builtIn(container.type(), container.serializer(), container.code()));
        builtIn(EnumSet.class, new EnumSetSerializer(this), Containers.ENUM_SET);
        builtIn(Object[].class, new ArraySerializer(this, graph), Containers.ARRAY);
        int id = FIRST_LAYOUT;
        for (ObjectType type : types.all()) {
            Serializer<Object> serializer =
                    type.isEnum() ? new EnumSerializer(type) : new ObjectSerializer(type, graph);
            Registration registration = new Registration(type.type(), serializer, id++);
            // Kryo makes objects of classes it knows only.
            kryo.register(registration);
            byType.put(type, registration);
            byClass.put(type.type(), registration);
            objects.put(type.type(), type);
        }
    }

    @Override
    public @Nullable Registration writeClass(Output out, @Nullable Class type) {
        if (type == null) {
            out.writeVarInt(NULL, true);
            return null;
        }
        Registration registration = registrationOf(type);
        ObjectType object = objects.get(registration.getType());
        out.writeVarInt(object == null ? registration.getId() : FIRST_LAYOUT + graph.indexOf(object), true);
        return registration;
    }

    @Override
    public @Nullable Registration readClass(Input in) {
        int code = in.readVarInt(true);
        if (code == NULL) {
            return null;
        }
        if (code < NULL || code >= FIRST_LAYOUT) {
            return byType.get(graph.typeAt(code - FIRST_LAYOUT));
        }
        Registration known = byCode[code];
        return known != null ? known : scalar(ScalarForms.ofCode(code), code);
    }

    /** Writes the class of the elements of an array or enum set. */
    void writeElementClass(Output out, Class<?> type) {
        writeClass(out, type);
        if (type.isArray() && !type.getComponentType().isPrimitive()) {
            writeElementClass(out, type.getComponentType());
        }
    }

    Class<?> readElementClass(Input in, int depth) {
        Registration registration = readClass(in);
        if (registration == null || depth > Graph.DEPTH_MAX) {
            throw new MalformedBytesException("an array has no element type");
        }
        return registration.getId() == Containers.ARRAY
                ? readElementClass(in, depth + 1).arrayType()
                : registration.getType();
    }

    private Registration builtIn(Class<?> type, Serializer<?> serializer, int code) {
        Registration registration = new Registration(type, serializer, code);
        byClass.put(type, registration);
        byCode[code] = registration;
        return registration;
    }

    /** Scalars are registered when they are met first, for the same reason that their forms are made late. */
    private Registration scalar(@Nullable ScalarForm<?> form, int code) {
        if (form == null) {
            throw new MalformedBytesException("an object has the unknown type code " + code);
        }
        return builtIn(form.type(), new ScalarSerializer<>(form, scratch), code);
    }

    private Registration registrationOf(Class<?> type) {
        Registration known = byClass.get(type);
        if (known == null) {
            ScalarForm<?> form = ScalarForms.of(type);
            known = form != null ? scalar(form, form.code()) : alias(type);
            byClass.put(type, known);
        }
        return known;
    }

    /** Classes that are written like another one: those behind List.of, enum constants with a body, arrays. */
    private Registration alias(Class<?> type) {
        Class<?> written = null;
        if (type.isArray() && !type.getComponentType().isPrimitive()) {
            written = Object[].class;
        } else if (EnumSet.class.isAssignableFrom(type)) {
            written = EnumSet.class;
        } else if (Enum.class.isAssignableFrom(type)) {
            written = type.isEnum() ? null : type.getSuperclass();
        } else if (ZoneId.class.isAssignableFrom(type)) {
            written = ZoneId.class;
        }
        Registration found =
                written == ZoneId.class ? registrationOf(written) : written == null ? null : byClass.get(written);
        Integer hidden = hiddenClasses.get(type.getName());
        if (found == null && hidden != null) {
            found = byCode[hidden];
        }
        if (found == null) {
            throw new CodecFault(type.getName() + " has no codec: " + adviceFor(written == null ? type : written));
        }
        return found;
    }

    private static String adviceFor(Class<?> type) {
        boolean collection = Collection.class.isAssignableFrom(type) || Map.class.isAssignableFrom(type);
        return collection
                ? "copy it into an ArrayList, HashSet, HashMap or another of the usual collections"
                : TypeNames.advice(List.of(type));
    }
}
