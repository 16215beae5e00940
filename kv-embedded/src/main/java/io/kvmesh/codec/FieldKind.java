package io.kvmesh.codec;

/**
 * How a field of a registered type lies in the bytes, so that a reader that does not know the field can step over it.
 * The codes are part of the format. Immutable.
 */
enum FieldKind {
    BOOLEAN(1, boolean.class),
    BYTE(2, byte.class),
    SHORT(3, short.class),
    CHAR(4, char.class),
    INT(5, int.class),
    LONG(6, long.class),
    FLOAT(7, float.class),
    DOUBLE(8, double.class),
    STRING(9, String.class),
    OBJECT(10, Object.class);

    private static final FieldKind[] KINDS = values();

    private final int code;
    private final Class<?> type;

    FieldKind(int code, Class<?> type) {
        this.code = code;
        this.type = type;
    }

    int code() {
        return code;
    }

    static FieldKind ofDeclared(Class<?> declared) {
        for (FieldKind kind : KINDS) {
            if (kind.type == declared) {
                return kind;
            }
        }
        return OBJECT;
    }

    static FieldKind ofCode(int code) {
        if (code < 1 || code > KINDS.length) {
            throw new MalformedBytesException("a field has the unknown kind " + code);
        }
        return KINDS[code - 1];
    }
}
