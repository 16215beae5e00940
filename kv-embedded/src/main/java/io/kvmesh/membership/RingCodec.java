package io.kvmesh.membership;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.Replication;
import io.kvmesh.ring.RingMember;
import io.kvmesh.ring.RingState;
import io.kvmesh.ring.RingState.Phase;
import io.kvmesh.ring.RingState.Seat;
import io.kvmesh.ring.RingState.Standing;
import io.kvmesh.ring.Token;
import io.kvmesh.transport.PeerId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * States of the ring, and the messages about them, as {@code docs/formats/ring.md} describes them. Stateless, safe for
 * any thread. Decoding throws {@link MalformedBytesException} and nothing else.
 */
final class RingCodec {
    static final int FORMAT_VERSION = 1;
    /** A longer payload is refused: 1,000 members with 256 tokens each fit. */
    static final int PAYLOAD_BYTES_MAX = 8 * 1024 * 1024;

    private static final int HEADER_BYTES = 1 + Integer.BYTES;
    private static final int SEAT_BYTES_MIN = 8 + 1 + 8 + 4 + 4 + 4;

    private RingCodec() {}

    static byte[] encode(RingState state) {
        ByteWriter writer = newPayload(256 + state.seats().size() * 128 * EndpointState.TOKEN_BYTES);
        putState(writer, state);
        return finish(writer);
    }

    static RingState decodeState(byte[] bytes) {
        ByteReader body = openBody(new ByteReader(bytes));
        return checked(() -> readState(body));
    }

    static byte[] encode(RingMessage message) {
        ByteWriter writer = newPayload(256);
        writer.putByte(message.kind().code());
        putEpoch(writer, message.epoch());
        putBallot(writer, message.ballot());
        putBallot(writer, message.accepted());
        RingState state = message.state();
        writer.putByte(state == null ? 0 : 1);
        if (state != null) {
            putState(writer, state);
        }
        return finish(writer);
    }

    static RingMessage decodeMessage(ByteReader payload) {
        ByteReader body = openBody(payload);
        int code = body.readUnsignedByte();
        for (RingMessage.Kind kind : RingMessage.Kind.values()) {
            if (kind.code() == code) {
                return new RingMessage(
                        kind,
                        readEpoch(body),
                        readBallot(body),
                        readBallot(body),
                        body.readUnsignedByte() == 0 ? null : checked(() -> readState(body)));
            }
        }
        throw new MalformedBytesException("ring message kind " + code + " is not known");
    }

    static void putEpoch(ByteWriter writer, RingEpoch epoch) {
        writer.putLong(epoch.lineage()).putLong(epoch.number());
    }

    static RingEpoch readEpoch(ByteReader reader) {
        return new RingEpoch(reader.readLong(), reader.readLong());
    }

    static void putBallot(ByteWriter writer, Ballot ballot) {
        writer.putLong(ballot.round())
                .putLong(ballot.proposer().node().value())
                .putLong(ballot.proposer().generation());
    }

    static Ballot readBallot(ByteReader reader) {
        long round = reader.readLong();
        return new Ballot(round, new PeerId(new NodeId(reader.readLong()), reader.readLong()));
    }

    static ByteWriter newPayload(int capacity) {
        return new ByteWriter(HEADER_BYTES + capacity).putByte(FORMAT_VERSION).putInt(0);
    }

    static byte[] finish(ByteWriter writer) {
        writer.setInt(1, checksum(writer.array(), HEADER_BYTES, writer.length() - HEADER_BYTES));
        return writer.toBytes();
    }

    static ByteReader openBody(ByteReader payload) {
        if (payload.remaining() > PAYLOAD_BYTES_MAX) {
            throw new MalformedBytesException(
                    "a state of the ring of " + payload.remaining() + " bytes exceeds " + PAYLOAD_BYTES_MAX);
        }
        int formatVersion = payload.readUnsignedByte();
        if (formatVersion != FORMAT_VERSION) {
            throw new MalformedBytesException(
                    "ring format " + formatVersion + " is not known, this member speaks " + FORMAT_VERSION);
        }
        int expected = payload.readInt();
        byte[] body = payload.readBytes(payload.remaining());
        if (checksum(body, 0, body.length) != expected) {
            throw new MalformedBytesException("the checksum of a state of the ring is wrong");
        }
        return new ByteReader(body);
    }

    private static int checksum(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return (int) crc.getValue();
    }

    private static void putState(ByteWriter writer, RingState state) {
        putEpoch(writer, state.epoch());
        writer.putLong(state.foundedMicros()).putByte(state.phase().code()).putLong(state.changeNumber());
        Map<String, Integer> byDataCenter = state.replication().byDataCenter();
        writer.putShort(byDataCenter.size());
        byDataCenter.forEach((name, factor) -> writer.putString(name).putByte(factor));
        writer.putByte(
                state.replication().isPerDataCenter() ? 0 : state.replication().total());
        writer.putInt(state.seats().size());
        for (Seat seat : state.seats().values()) {
            RingMember member = seat.member();
            writer.putLong(member.node().value())
                    .putByte(seat.standing().code())
                    .putLong(Double.doubleToLongBits(member.weight()))
                    .putString(member.dataCenter())
                    .putString(member.rack())
                    .putInt(member.tokens().size());
            member.tokens().forEach(token -> writer.putLong(token.high()).putLong(token.low()));
        }
        if (state.phase() == Phase.DISSOLVED) {
            writer.putLong(state.successorLineage());
        }
    }

    private static RingState readState(ByteReader reader) {
        RingEpoch epoch = readEpoch(reader);
        long foundedMicros = reader.readLong();
        Phase phase = phase(reader.readUnsignedByte());
        long changeNumber = reader.readLong();
        Replication replication = readReplication(reader);
        int count = reader.readCount(SEAT_BYTES_MIN);
        List<Seat> seats = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            seats.add(readSeat(reader));
        }
        if (epoch.number() <= 0 || changeNumber < 0) {
            throw new MalformedBytesException("a state of the ring has number " + epoch.number());
        }
        if (phase == Phase.DISSOLVED) {
            return RingState.dissolved(epoch, foundedMicros, replication, reader.readLong());
        }
        return new RingState(epoch, foundedMicros, phase, changeNumber, replication, seats);
    }

    private static Replication readReplication(ByteReader reader) {
        int names = reader.readUnsignedShort();
        Map<String, Integer> byDataCenter = new TreeMap<>();
        for (int i = 0; i < names; i++) {
            byDataCenter.put(reader.readString(), reader.readUnsignedByte());
        }
        int anywhere = reader.readUnsignedByte();
        return names > 0 ? Replication.perDataCenter(byDataCenter) : Replication.of(anywhere);
    }

    private static Seat readSeat(ByteReader reader) {
        NodeId node = new NodeId(reader.readLong());
        Standing standing = standing(reader.readUnsignedByte());
        double weight = Double.longBitsToDouble(reader.readLong());
        String dataCenter = reader.readString();
        String rack = reader.readString();
        int count = reader.readCount(EndpointState.TOKEN_BYTES);
        if (count > EndpointState.TOKENS_MAX) {
            throw new MalformedBytesException(count + " tokens of a member exceed " + EndpointState.TOKENS_MAX);
        }
        List<Token> tokens = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            tokens.add(new Token(reader.readLong(), reader.readLong()));
        }
        return new Seat(new RingMember(node, weight, dataCenter, rack, tokens), standing);
    }

    private static Phase phase(int code) {
        for (Phase phase : Phase.values()) {
            if (phase.code() == code) {
                return phase;
            }
        }
        throw new MalformedBytesException("phase " + code + " of the ring is not known");
    }

    private static Standing standing(int code) {
        for (Standing standing : Standing.values()) {
            if (standing.code() == code) {
                return standing;
            }
        }
        throw new MalformedBytesException("standing " + code + " of a member is not known");
    }

    private static RingState checked(Reading reading) {
        try {
            return reading.read();
        } catch (IllegalArgumentException e) {
            throw new MalformedBytesException("a state of the ring is not valid: " + e.getMessage());
        }
    }

    private interface Reading {
        RingState read();
    }
}
