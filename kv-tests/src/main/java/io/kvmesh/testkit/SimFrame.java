package io.kvmesh.testkit;

import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/** A frame on its way. Immutable. */
final class SimFrame {
    private static final int PADDING_BYTES_MAX = 16;
    private static final byte PADDING = (byte) 0xA5;

    private final SimTransport sender;
    private final PeerId from;
    private final PeerAddress address;
    private final @Nullable PeerId to;
    private final byte[] sent;
    private final int offset;
    private final byte[] content;
    private final long checksum;

    /**
     * @param to who must be at the address for the frame to be taken; null for anybody
     * @param sent the sender's array, which is looked at again when the frame arrives
     */
    SimFrame(
            SimTransport sender,
            PeerId from,
            PeerAddress address,
            @Nullable PeerId to,
            byte[] sent,
            int offset,
            int length) {
        this.sender = sender;
        this.from = from;
        this.address = address;
        this.to = to;
        this.sent = sent;
        this.offset = offset;
        content = Arrays.copyOfRange(sent, offset, offset + length);
        checksum = checksum(content, 0, length);
    }

    SimTransport sender() {
        return sender;
    }

    PeerId from() {
        return from;
    }

    PeerAddress address() {
        return address;
    }

    boolean isFor(PeerId receiver) {
        return to == null || to.equals(receiver);
    }

    int length() {
        return content.length;
    }

    long checksum() {
        return checksum;
    }

    /** Whether the sender wrote into its array after it had sent the frame. */
    boolean wasChangedBySender() {
        return checksum(sent, offset, content.length) != checksum;
    }

    /** A copy of the frame somewhere inside a larger array. */
    byte[] paddedCopy(int padding) {
        byte[] buffer = new byte[content.length + 2 * padding];
        Arrays.fill(buffer, PADDING);
        System.arraycopy(content, 0, buffer, padding, content.length);
        return buffer;
    }

    /** How many bytes to put before and after the frame, different from frame to frame. */
    int padding() {
        return (int) (checksum % PADDING_BYTES_MAX);
    }

    private static long checksum(byte[] bytes, int offset, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, offset, length);
        return crc.getValue();
    }

    /** What timelines show. It does not hold the bytes. */
    Label label() {
        return new Label(from, to, address, content.length, checksum);
    }

    /** A frame in words. Immutable. */
    record Label(PeerId from, @Nullable PeerId to, PeerAddress address, int length, long checksum) {
        @Override
        public String toString() {
            return String.format(
                    "%s -> %s (%s), %d bytes, %08x", from, to == null ? "?" : to, address, length, checksum);
        }
    }
}
