package io.kvmesh.transport;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.NodeId;
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
    /** A request of a third member, which gets the answer. */
    static final int KIND_PASSED_ON = 5;
    /** The answer to a request that was passed on, to whoever passed it on. */
    static final int KIND_ANSWER_BACK = 6;
    /** The answer of a third member, to the requester. */
    static final int KIND_ANSWER_PASSED_ON = 7;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final int VERB_AT = 1;
    private static final int KIND_AT = 2;
    private static final int CORRELATION_AT = 3;
    private static final int DEADLINE_AT = 11;
    private static final int PEER_BYTES = 16;

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

    /** A writer that holds the header of a request that is passed on, and who made it; its payload follows. */
    static ByteWriter startPassedOn(
            Verb verb, PeerId requester, long correlation, long deadlineMicros, int payloadBytes) {
        return start(verb, KIND_PASSED_ON, correlation, deadlineMicros, PEER_BYTES + payloadBytes)
                .putLong(requester.node().value())
                .putLong(requester.generation());
    }

    /**
     * A writer that holds the header of an answer that goes through another member; its payload follows.
     *
     * @param kind on which of the two ways
     * @param answerKind a reply, or overloaded
     * @param other the requester on the first way, who answers on the second
     */
    static ByteWriter startAnswer(
            int kind,
            Verb verb,
            int answerKind,
            PeerId other,
            long correlation,
            long deadlineMicros,
            int payloadBytes) {
        return start(verb, kind, correlation, deadlineMicros, 1 + PEER_BYTES + payloadBytes)
                .putByte(answerKind)
                .putLong(other.node().value())
                .putLong(other.generation());
    }

    /** What the payload of an answer begins with that goes through another member. */
    static int readAnswerKind(ByteReader payload) {
        int kind = payload.readUnsignedByte();
        if (kind != KIND_REPLY && kind != KIND_OVERLOADED) {
            throw new MalformedBytesException("an answer of kind " + kind);
        }
        return kind;
    }

    /** Who is named in what goes through another member. */
    static PeerId readPeer(ByteReader payload) {
        return new PeerId(new NodeId(payload.readLong()), payload.readLong());
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
