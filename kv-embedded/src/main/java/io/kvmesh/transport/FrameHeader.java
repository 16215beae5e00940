package io.kvmesh.transport;

import io.kvmesh.codec.ByteWriter;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The bytes in front of every frame's payload, see docs/formats/messages.md. Stateless.
 *
 * <p>version (1), verb (1), kind (1), correlation (8), deadline in wall-clock microseconds or 0 for none (8).
 */
final class FrameHeader {
    static final int VERSION = 1;
    static final int BYTES = 19;
    static final long NO_DEADLINE = 0;

    static final int KIND_REQUEST = 0;
    static final int KIND_REPLY = 1;
    static final int KIND_OVERLOADED = 2;
    static final int KIND_ONE_WAY = 3;
    static final int KIND_NO_SESSION = 4;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final int VERB_AT = 1;
    private static final int KIND_AT = 2;
    private static final int CORRELATION_AT = 3;
    private static final int DEADLINE_AT = 11;

    private FrameHeader() {}

    /** A writer that holds a header and has room for the payload. */
    static ByteWriter start(Verb verb, int kind, long correlation, long deadlineMicros, int payloadBytes) {
        return new ByteWriter(BYTES + payloadBytes)
                .putByte(VERSION)
                .putByte(verb.code())
                .putByte(kind)
                .putLong(correlation)
                .putLong(deadlineMicros);
    }

    static int version(byte[] buffer, int offset) {
        return buffer[offset] & 0xFF;
    }

    static int verbCode(byte[] buffer, int offset) {
        return buffer[offset + VERB_AT] & 0xFF;
    }

    static int kind(byte[] buffer, int offset) {
        return buffer[offset + KIND_AT] & 0xFF;
    }

    static long correlation(byte[] buffer, int offset) {
        return (long) LONGS.get(buffer, offset + CORRELATION_AT);
    }

    static long deadlineMicros(byte[] buffer, int offset) {
        return (long) LONGS.get(buffer, offset + DEADLINE_AT);
    }
}
