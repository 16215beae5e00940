package io.kvmesh.transport;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.NodeId;
import java.nio.charset.StandardCharsets;

/** Bytes of hello, acknowledgement and rejection, see docs/formats/messages.md. Stateless. */
final class HelloFrames {
    static final int REASON_BYTES_MAX = 1024;
    private static final int HOST_BYTES_MAX = 255;
    private static final int PAYLOAD_BYTES_TYPICAL = 128;

    private HelloFrames() {}

    /** A hello or its acknowledgement: who speaks, under which terms, and where it listens. */
    record Greeting(Hello hello, PeerAddress address) {}

    /** A rejection: who rejects, from where, and why. */
    record Rejection(PeerAddress address, String reason) {}

    static ByteWriter greeting(Verb verb, long attempt, Greeting greeting) {
        Hello hello = greeting.hello();
        ByteWriter out = startHello(verb, attempt)
                .putShort(hello.protocolLowest())
                .putShort(hello.protocolHighest())
                .putLong(hello.peer().node().value())
                .putLong(hello.peer().generation())
                .putInt(hello.partitionCount());
        putText(out, hello.clusterName(), Hello.CLUSTER_NAME_BYTES_MAX);
        return putAddress(out, greeting.address());
    }

    static Greeting readGreeting(ByteReader in) {
        int lowest = in.readUnsignedShort();
        int highest = in.readUnsignedShort();
        PeerId peer = new PeerId(new NodeId(in.readLong()), in.readLong());
        int partitionCount = in.readInt();
        String clusterName = readText(in, Hello.CLUSTER_NAME_BYTES_MAX);
        return new Greeting(new Hello(clusterName, partitionCount, peer, lowest, highest), readAddress(in));
    }

    static ByteWriter rejection(long attempt, Rejection rejection) {
        ByteWriter out = startHello(Verb.HELLO_REJECT, attempt);
        putText(out, rejection.reason(), REASON_BYTES_MAX);
        return putAddress(out, rejection.address());
    }

    static Rejection readRejection(ByteReader in) {
        String reason = readText(in, REASON_BYTES_MAX);
        return new Rejection(readAddress(in), reason);
    }

    private static ByteWriter startHello(Verb verb, long attempt) {
        return FrameHeader.start(
                verb, FrameHeader.KIND_ONE_WAY, attempt, FrameHeader.NO_DEADLINE, PAYLOAD_BYTES_TYPICAL);
    }

    private static ByteWriter putAddress(ByteWriter out, PeerAddress address) {
        putText(out, address.host(), HOST_BYTES_MAX);
        return out.putShort(address.port());
    }

    private static PeerAddress readAddress(ByteReader in) {
        String host = readText(in, HOST_BYTES_MAX);
        int port = in.readUnsignedShort();
        if (host.isEmpty()) {
            throw new MalformedBytesException("an address without a host");
        }
        return new PeerAddress(host, port);
    }

    private static void putText(ByteWriter out, String text, int bytesMax) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        int count = Math.min(bytes.length, bytesMax);
        out.putShort(count).putBytes(bytes, 0, count);
    }

    private static String readText(ByteReader in, int bytesMax) {
        int count = in.readUnsignedShort();
        if (count > bytesMax) {
            throw new MalformedBytesException("a text of " + count + " bytes exceeds " + bytesMax);
        }
        return new String(in.readBytes(count), StandardCharsets.UTF_8);
    }
}
