package io.kvmesh.transport.jgroups;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.NodeId;
import io.kvmesh.transport.PeerId;
import io.kvmesh.transport.Transport.FrameReceiver;
import org.jgroups.Address;
import org.jgroups.Message;
import org.jgroups.Version;
import org.jgroups.protocols.TP;
import org.jspecify.annotations.Nullable;

/**
 * Takes the frames out of what JGroups 5.5 puts on a socket. Immutable, safe for any thread.
 *
 * <p>The parser of JGroups creates whatever class a stranger names and runs Java deserialization for object messages,
 * before anyone is authenticated. This one knows byte messages between members and nothing else:
 * <ol>
 *   <li>version (2 bytes) and flags (1 byte) tell a list of messages from a single one;
 *   <li>a list has its destination, source and cluster name in front, a single message carries its own;
 *   <li>each message is type, leading byte, flags, headers and payload. No header is needed; that of the stock
 *       transport, which holds the cluster name, is skipped; any other type or header is refused.
 * </ol>
 */
final class WireParser {
    private static final int DESTINATION_SET = 1;
    private static final int SOURCE_SET = 1 << 1;
    private static final int TRANSPORT_HEADER = 60;
    private static final int IPV4_BYTES = 4;
    private static final int IPV6_BYTES = 16;

    private final PeerId self;
    private final FrameReceiver receiver;

    WireParser(PeerId self, FrameReceiver receiver) {
        this.self = self;
        this.receiver = receiver;
    }

    /**
     * Hands over the frames of one unit that was read whole.
     *
     * @throws MalformedBytesException if there is anything but byte messages in it
     */
    void parse(byte[] unit) {
        ByteReader in = new ByteReader(unit);
        short version = (short) in.readUnsignedShort();
        if (!Version.isBinaryCompatible(version)) {
            throw new MalformedBytesException("JGroups version " + Version.print(version) + " is not "
                    + Version.printVersion() + " or compatible");
        }
        int flags = in.readUnsignedByte();
        if ((flags & TP.MULTICAST) != 0) {
            throw new MalformedBytesException("a multicast message");
        }
        if ((flags & TP.LIST) != 0) {
            parseList(in);
        } else {
            parseSingle(in);
        }
    }

    private void parseList(ByteReader in) {
        boolean forMe = readDestination(in);
        PeerId source = readSource(in);
        skipShortSized(in);
        int count = in.readInt();
        for (int i = 0; i < count; i++) {
            int type = readType(in);
            int leading = in.readUnsignedByte();
            in.skip(Short.BYTES);
            if ((leading & (DESTINATION_SET | SOURCE_SET)) != 0) {
                throw new MalformedBytesException("an address inside a list of messages");
            }
            readBody(in, type, forMe ? source : null);
        }
    }

    private void parseSingle(ByteReader in) {
        int type = readType(in);
        int leading = in.readUnsignedByte();
        in.skip(Short.BYTES);
        if ((leading & (DESTINATION_SET | SOURCE_SET)) != (DESTINATION_SET | SOURCE_SET)) {
            throw new MalformedBytesException("a message without destination or source");
        }
        boolean forMe = readDestination(in);
        PeerId source = readSource(in);
        readBody(in, type, forMe ? source : null);
    }

    private static int readType(ByteReader in) {
        int type = in.readUnsignedShort();
        if (type != Message.BYTES_MSG && type != Message.EMPTY_MSG) {
            throw new MalformedBytesException("message type " + type + " is not a byte message");
        }
        return type;
    }

    /** Reads headers and payload; hands the payload over unless it is for an earlier run of this member. */
    private void readBody(ByteReader in, int type, @Nullable PeerId source) {
        int headers = in.readUnsignedShort();
        for (int i = 0; i < headers; i++) {
            skipHeader(in);
        }
        if (type == Message.EMPTY_MSG) {
            return;
        }
        int payloadBytes = in.readInt();
        if (payloadBytes < 0) {
            return;
        }
        int offset = in.position();
        in.skip(payloadBytes);
        if (source != null) {
            receiver.onFrame(source, in.array(), offset, payloadBytes);
        }
    }

    private static void skipHeader(ByteReader in) {
        in.skip(Short.BYTES);
        int magic = in.readUnsignedShort();
        if (magic != TRANSPORT_HEADER) {
            throw new MalformedBytesException("header " + magic + " is not that of the transport");
        }
        skipShortSized(in);
        if (in.readByte() != 0) {
            throw new MalformedBytesException("a header that measures round trips");
        }
    }

    private static void skipShortSized(ByteReader in) {
        short size = (short) in.readUnsignedShort();
        if (size >= 0) {
            in.skip(size);
        }
    }

    /** Whether a message for this destination is for the running process. A bare address is whoever listens there. */
    private boolean readDestination(ByteReader in) {
        int kind = in.readUnsignedByte();
        if (kind == Address.UUID_ADDR) {
            return readUuid(in).equals(self);
        }
        if (kind == Address.IP_ADDR) {
            skipIpAddress(in);
            return true;
        }
        throw new MalformedBytesException("address kind " + kind + " as destination");
    }

    private static PeerId readSource(ByteReader in) {
        int kind = in.readUnsignedByte();
        if (kind != Address.UUID_ADDR) {
            throw new MalformedBytesException("address kind " + kind + " as source");
        }
        return readUuid(in);
    }

    private static PeerId readUuid(ByteReader in) {
        long generation = in.readLong();
        long node = in.readLong();
        return new PeerId(new NodeId(node), generation);
    }

    private static void skipIpAddress(ByteReader in) {
        int size = in.readUnsignedByte();
        if (size != IPV4_BYTES && size != IPV6_BYTES) {
            throw new MalformedBytesException("an IP address of " + size + " bytes");
        }
        int scopeBytes = size == IPV6_BYTES ? Integer.BYTES : 0;
        in.skip(size + scopeBytes + Short.BYTES);
    }
}
