package io.kvmesh.codec;

import io.kvmesh.api.CodecException;

/** The two bytes in front of every value: codec and version. Stateless. */
final class ValueHead {
    static final int BYTES = 2;

    private ValueHead() {}

    /** @throws CodecException naming what is there and what was expected */
    static void check(ByteReader in, int code, int version, String name) {
        if (in.remaining() < BYTES) {
            throw new CodecException("a value of " + in.remaining() + " bytes is shorter than its two bytes of head");
        }
        int foundCode = in.readUnsignedByte();
        int foundVersion = in.readUnsignedByte();
        if (foundCode != code || foundVersion != version) {
            throw new CodecException("the value was written by " + nameOf(foundCode) + " version " + foundVersion
                    + ", but this map reads " + name);
        }
    }

    private static String nameOf(int code) {
        if (code == ObjectValueCodec.CODE) {
            return "codec " + code + " (object)";
        }
        ScalarForm<?> form = ScalarForms.ofCode(code);
        return form == null ? "unknown codec " + code : "codec " + code + " (" + form.name() + ")";
    }
}
