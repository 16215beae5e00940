package io.kvmesh.transport.jgroups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.NodeId;
import io.kvmesh.transport.PeerId;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jgroups.Address;
import org.jgroups.BytesMessage;
import org.jgroups.CompositeMessage;
import org.jgroups.EmptyMessage;
import org.jgroups.JChannel;
import org.jgroups.LongMessage;
import org.jgroups.Message;
import org.jgroups.NioMessage;
import org.jgroups.ObjectMessage;
import org.jgroups.Version;
import org.jgroups.protocols.PingHeader;
import org.jgroups.protocols.TCP;
import org.jgroups.stack.IpAddress;
import org.jgroups.util.ByteArrayDataOutputStream;
import org.jgroups.util.UUID;
import org.jgroups.util.Util;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What strangers may send: nothing of it runs code, takes much memory or keeps members from talking. */
@Timeout(60)
final class HostileInputTest {
    private static final UUID STRANGER = new UUID(9, 1);
    private static final PeerId SELF = new PeerId(new NodeId(2), 1);
    private static final UUID SELF_UUID = new UUID(2, 1);

    private final List<String> frames = new ArrayList<>();
    private final WireParser parser = new WireParser(
            SELF,
            (from, buffer, offset, length) -> frames.add(
                    from + ":" + new String(buffer, offset, length, java.nio.charset.StandardCharsets.UTF_8)));

    @Test
    void aStockChannelsObjectMessageIsRefusedAndNotDeserialized() throws Exception {
        try (Endpoint two = Endpoint.of(2);
                JChannel stock = stockChannel()) {
            IpAddress target = new IpAddress(InetAddress.getLoopbackAddress(), two.address.port());
            await().until(() -> {
                stock.send(new BytesMessage(target, new byte[] {'a'}));
                return two.received.contains("9:a");
            });
            long refusedBefore = two.transport.refusedUnits();
            stock.send(new ObjectMessage(target, new SideEffect(1)));
            await().until(() -> two.transport.refusedUnits() > refusedBefore);
            await().until(() -> {
                stock.send(new BytesMessage(target, new byte[] {'b'}));
                return two.received.contains("9:b");
            });
            assertThat(SideEffect.RUNS).hasValue(0);
        }
    }

    @Test
    void theStockParserWouldHaveRunIt() throws Exception {
        byte[] unit = single(new ObjectMessage(SELF_UUID, new SideEffect(0)).setSrc(STRANGER));
        ObjectMessage read = new ObjectMessage();
        read.readFrom(new org.jgroups.util.ByteArrayDataInputStream(unit, 5, unit.length - 5));
        Object object = read.getObject();
        assertThat(object).isInstanceOf(SideEffect.class);
    }

    @Test
    void anAnnouncedHugeUnitClosesThatConnectionOnly() throws Exception {
        try (Endpoint one = Endpoint.of(1);
                Endpoint two = Endpoint.of(2)) {
            for (int announced : new int[] {Integer.MAX_VALUE, KvTcp.UNIT_BYTES_MAX + 1, -1, 0}) {
                long refusedBefore = two.transport.refusedUnits();
                try (Socket socket = greetedSocket(two)) {
                    DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                    out.writeInt(announced);
                    out.write(new byte[100]);
                    out.flush();
                    socket.setSoTimeout(5000);
                    socket.getInputStream().readAllBytes();
                } catch (java.net.SocketException reset) {
                    assertThat(reset).hasMessageContaining("reset");
                }
                // The size check of JGroups itself closes the connection for the first two.
                assertThat(two.transport.refusedUnits()).isBetween(refusedBefore, refusedBefore + 1);
            }
            one.learn(two);
            one.send(two, "good");
            await().untilAsserted(() -> assertThat(two.received).containsExactly("1:good"));
        }
    }

    @Test
    void memoryIsTakenAsBytesArriveAndNotAsAnnounced() throws Exception {
        try (Endpoint two = Endpoint.of(2)) {
            List<Socket> sockets = new ArrayList<>();
            System.gc();
            long before = usedBytes();
            for (int i = 0; i < 20; i++) {
                Socket socket = greetedSocket(two);
                DataOutputStream out = new DataOutputStream(socket.getOutputStream());
                out.writeInt(KvTcp.UNIT_BYTES_MAX);
                out.write(new byte[1000]);
                out.flush();
                sockets.add(socket);
            }
            await().until(() -> readers() >= 20);
            System.gc();
            assertThat(usedBytes() - before).isLessThan(20L * (1 << 20));
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void byteMessagesAreReadAloneAndInLists() throws Exception {
        parser.parse(single(bytes("one")));
        parser.parse(list(SELF_UUID, bytes("two"), bytes("three"), new EmptyMessage(SELF_UUID).setSrc(STRANGER)));
        parser.parse(list(new IpAddress(InetAddress.getByAddress(new byte[] {1, 2, 3, 4}), 5), bytes("four")));
        parser.parse(list(new IpAddress(InetAddress.getByAddress(new byte[16]), 5), bytes("five")));
        String from = new PeerId(new NodeId(9), 1).toString();
        assertThat(frames)
                .containsExactly(from + ":one", from + ":two", from + ":three", from + ":four", from + ":five");
    }

    @Test
    void messagesForOthersAreDropped() throws Exception {
        parser.parse(single(new BytesMessage(new UUID(2, 2), new byte[1]).setSrc(STRANGER)));
        parser.parse(list(new UUID(3, 1), bytes("x")));
        assertThat(frames).isEmpty();
    }

    @Test
    void everyOtherMessageTypeIsRefused() throws Exception {
        List<Message> others = List.of(
                new ObjectMessage(SELF_UUID, "text"),
                new NioMessage(SELF_UUID, java.nio.ByteBuffer.allocate(5)),
                new LongMessage(SELF_UUID, 5L),
                new CompositeMessage(SELF_UUID, new BytesMessage(SELF_UUID, new byte[1])));
        for (Message other : others) {
            other.setSrc(STRANGER);
            assertRefused(single(other), "is not a byte message");
            assertRefused(list(SELF_UUID, other), "is not a byte message");
        }
    }

    @Test
    void headersOtherThanTheTransportsAreRefused() throws Exception {
        Message message = bytes("x");
        message.putHeader((short) 5, new PingHeader((byte) 1));
        assertRefused(single(message), "header");
    }

    @Test
    void multicastsOtherVersionsAndForeignAddressesAreRefused() throws Exception {
        ByteArrayDataOutputStream out = new ByteArrayDataOutputStream(100);
        Util.writeMessage(new BytesMessage(null, new byte[1]).setSrc(STRANGER), out, true);
        assertRefused(Arrays.copyOf(out.buffer(), out.position()), "multicast");
        byte[] otherVersion = single(bytes("x"));
        otherVersion[0] ^= 0x10;
        assertRefused(otherVersion, "version");
        assertRefused(single(new BytesMessage(SELF_UUID, new byte[1])), "without destination or source");
        assertRefused(
                single(new BytesMessage(SELF_UUID, new byte[1]).setSrc(new IpAddress("127.0.0.1", 1))), "as source");
    }

    @Test
    void everyTruncationAndEveryFlippedByteIsRefusedOrHarmless() throws Exception {
        byte[][] units = {single(bytes("a frame")), list(SELF_UUID, bytes("one"), bytes("two"))};
        for (byte[] unit : units) {
            for (int length = 0; length < unit.length; length++) {
                byte[] cut = Arrays.copyOf(unit, length);
                assertThatThrownBy(() -> parser.parse(cut)).isInstanceOf(MalformedBytesException.class);
            }
            for (int i = 0; i < unit.length * 8; i++) {
                byte[] flipped = unit.clone();
                flipped[i / 8] ^= (byte) (1 << (i % 8));
                try {
                    parser.parse(flipped);
                } catch (MalformedBytesException expected) {
                    assertThat(expected).hasMessageNotContaining("null");
                }
            }
        }
    }

    private void assertRefused(byte[] unit, String reason) {
        assertThatThrownBy(() -> parser.parse(unit))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessageContaining(reason);
        assertThat(frames).isEmpty();
    }

    private static Message bytes(String text) {
        return new BytesMessage(SELF_UUID, text.getBytes(java.nio.charset.StandardCharsets.UTF_8)).setSrc(STRANGER);
    }

    private static byte[] single(Message message) throws IOException {
        ByteArrayDataOutputStream out = new ByteArrayDataOutputStream(100);
        Util.writeMessage(message, out, false);
        return Arrays.copyOf(out.buffer(), out.position());
    }

    private static byte[] list(Address destination, Message... messages) throws IOException {
        ByteArrayDataOutputStream out = new ByteArrayDataOutputStream(100);
        Util.writeMessageList(destination, STRANGER, new byte[] {'c'}, List.of(messages), out, false);
        return Arrays.copyOf(out.buffer(), out.position());
    }

    private static JChannel stockChannel() throws Exception {
        TCP tcp = new TCP();
        tcp.setBindAddress(InetAddress.getLoopbackAddress());
        tcp.setBindPort(0);
        JChannel channel = new JChannel(List.of(tcp));
        channel.addAddressGenerator(() -> STRANGER);
        return channel.connect("kvmesh");
    }

    /** A connection that passed the greeting of JGroups, as from a member that listens on some port. */
    private static Socket greetedSocket(Endpoint target) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), target.address.port());
        IpAddress claimed = new IpAddress(InetAddress.getLoopbackAddress(), socket.getLocalPort());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream greeting = new DataOutputStream(bytes);
        greeting.write(new byte[] {'b', 'e', 'l', 'a'});
        greeting.writeShort(Version.version);
        greeting.writeShort(claimed.serializedSize());
        claimed.writeTo(greeting);
        socket.getOutputStream().write(bytes.toByteArray());
        socket.getOutputStream().flush();
        return socket;
    }

    private static long readers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().contains("kvmesh-net-" + new NodeId(2)))
                .filter(thread -> thread.getName().contains("Connection.Receiver"))
                .count();
    }

    private static long usedBytes() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
