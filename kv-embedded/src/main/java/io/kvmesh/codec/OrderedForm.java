package io.kvmesh.codec;

/**
 * How one type of key lies in bytes so that unsigned byte order is its natural order. Immutable. Each type has two
 * forms: the plain one ends where the key ends; the delimited one tells its own end, so that further components may
 * follow without disturbing the order. Types of fixed size have one form for both.
 */
abstract class OrderedForm<T> {
    private final String name;

    OrderedForm(String name) {
        this.name = name;
    }

    final String name() {
        return name;
    }

    abstract void write(ByteWriter out, T value);

    abstract T read(ByteReader in);

    void writeDelimited(ByteWriter out, T value) {
        write(out, value);
    }

    T readDelimited(ByteReader in) {
        return read(in);
    }
}
