package io.kvmesh.codec;

import io.kvmesh.api.CodecException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Records, component by component: each but the last in its delimited form. Immutable. */
final class OrderedRecord extends OrderedForm<Object> {
    private final RecordShape shape;
    private final List<OrderedForm<Object>> components;

    private OrderedRecord(RecordShape shape, List<OrderedForm<Object>> components) {
        super(components.stream().map(OrderedForm::name).collect(Collectors.joining(",", "record.1(", ")")));
        this.shape = shape;
        this.components = components;
    }

    /** @throws CodecException naming the component that has no ordered form */
    static OrderedRecord of(Class<?> type) {
        return of(type, TypeNames.inSource(type), 1);
    }

    private static OrderedRecord of(Class<?> type, String path, int depth) {
        if (depth > KeyCodecs.RECORD_DEPTH_MAX) {
            throw new CodecException(
                    "key record " + path + " is nested deeper than " + KeyCodecs.RECORD_DEPTH_MAX + " levels");
        }
        RecordShape shape = RecordShape.of(type);
        if (shape.size() == 0) {
            throw new CodecException("key record " + path + " has no component: all its instances are one key");
        }
        List<OrderedForm<Object>> components = new ArrayList<>();
        for (int i = 0; i < shape.size(); i++) {
            Class<?> component = KeyCodecs.boxed(shape.component(i).getType());
            String componentPath = path + "." + shape.component(i).getName();
            components.add(
                    component.isRecord()
                            ? of(component, componentPath, depth + 1)
                            : KeyCodecs.builtIn(component, "component " + componentPath));
        }
        return new OrderedRecord(shape, components);
    }

    @Override
    void write(ByteWriter out, Object record) {
        int last = components.size() - 1;
        for (int i = 0; i < last; i++) {
            components.get(i).writeDelimited(out, component(record, i));
        }
        components.get(last).write(out, component(record, last));
    }

    @Override
    Object read(ByteReader in) {
        @Nullable Object[] values = new Object[components.size()];
        int last = components.size() - 1;
        for (int i = 0; i < last; i++) {
            values[i] = components.get(i).readDelimited(in);
        }
        values[last] = components.get(last).read(in);
        return shape.create(values);
    }

    @Override
    void writeDelimited(ByteWriter out, Object record) {
        for (int i = 0; i < components.size(); i++) {
            components.get(i).writeDelimited(out, component(record, i));
        }
    }

    @Override
    Object readDelimited(ByteReader in) {
        @Nullable Object[] values = new Object[components.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = components.get(i).readDelimited(in);
        }
        return shape.create(values);
    }

    private Object component(Object record, int index) {
        Object value = shape.get(record, index);
        if (value == null) {
            throw new MalformedBytesException("component "
                    + shape.component(index).getName() + " of key " + TypeNames.inSource(shape.type()) + " is null");
        }
        return value;
    }
}
