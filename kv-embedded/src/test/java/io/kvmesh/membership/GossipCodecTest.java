package io.kvmesh.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.transport.PeerAddress;
import io.kvmesh.transport.PeerId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GossipCodecTest {
    private static final PeerId ANN = new PeerId(new NodeId(0x0123456789ABCDEFL), 3);
    private static final PeerId BOB = new PeerId(new NodeId(0xFEDCBA9876543210L), 1_700_000_000_000L);

    private static final Digest DIGEST = new Digest(true, List.of(new DigestEntry(ANN, 300), new DigestEntry(BOB, 0)));
    private static final Delta DELTA = new Delta(
            List.of(
                    started(ANN, new PeerAddress("10.1.2.3", 7800), new Place("east", "r1", 1.5, 128, BOB.node()))
                            .deltaSince(0),
                    started(BOB, new PeerAddress("bob.example", 65_535), Place.of(16))
                            .withHeartbeat(77)
                            .deltaSince(70)),
            List.of(new DigestEntry(BOB, 12)));
    private static final Probe PROBE = new Probe(Probe.Kind.ACK, BOB.node(), ANN, 128);

    @Test
    void whatIsWrittenIsRead() {
        assertThat(digest(GossipCodec.encode(DIGEST))).isEqualTo(DIGEST);
        assertThat(delta(GossipCodec.encode(DELTA))).isEqualTo(DELTA);
        for (Probe.Kind kind : Probe.Kind.values()) {
            Probe probe = new Probe(kind, ANN.node(), BOB, Long.MAX_VALUE);
            assertThat(probe(GossipCodec.encode(probe))).isEqualTo(probe);
        }
    }

    /** The stored bytes are what members of this format version send; they must stay readable. */
    @Test
    void storedMessagesOfFormatOneAreStillReadAndWritten() throws IOException {
        Map<String, byte[]> stored = stored("/formats/gossip-v1.txt");

        assertThat(digest(stored(stored, "digest"))).isEqualTo(DIGEST);
        assertThat(delta(stored(stored, "delta"))).isEqualTo(DELTA);
        assertThat(probe(stored(stored, "probe"))).isEqualTo(PROBE);
        assertThat(GossipCodec.encode(DIGEST)).isEqualTo(stored(stored, "digest"));
        assertThat(GossipCodec.encode(DELTA)).isEqualTo(stored(stored, "delta"));
        assertThat(GossipCodec.encode(PROBE)).isEqualTo(stored(stored, "probe"));
    }

    @Test
    void everyTruncationAndEveryFlippedBitIsRefused() {
        for (byte[] payload :
                List.of(GossipCodec.encode(DIGEST), GossipCodec.encode(DELTA), GossipCodec.encode(PROBE))) {
            for (int length = 0; length < payload.length; length++) {
                assertRefusedByAll(Arrays.copyOf(payload, length));
            }
            for (int bit = 0; bit < payload.length * 8; bit++) {
                byte[] flipped = payload.clone();
                flipped[bit / 8] ^= (byte) (1 << bit % 8);
                assertRefusedByAll(flipped);
            }
        }
    }

    /**
     * With a right checksum, as a faulty or hostile member could send it: refused or understood, never another error.
     */
    @Test
    void damagedBodiesWithARightChecksumAreRefusedOrUnderstood() {
        RandomSource random = RandomSource.seeded(21);
        int refused = 0;
        for (byte[] payload :
                List.of(GossipCodec.encode(DIGEST), GossipCodec.encode(DELTA), GossipCodec.encode(PROBE))) {
            byte[] body = Arrays.copyOfRange(payload, 5, payload.length);
            for (int length = 0; length < body.length; length++) {
                refused += refusals(sealed(Arrays.copyOf(body, length)));
            }
            for (int round = 0; round < 20_000; round++) {
                byte[] damaged = body.clone();
                for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                    damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
                }
                refused += refusals(sealed(damaged));
            }
        }
        assertThat(refused).isGreaterThan(10_000);
    }

    @Test
    void aLaterFormatIsRefusedByItsNumber() {
        byte[] payload = GossipCodec.encode(PROBE);
        payload[0] = 2;

        assertThatThrownBy(() -> probe(payload))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessage("gossip format 2 is not known, this member speaks 1");
    }

    @Test
    void aPayloadOverTheLimitIsRefused() {
        byte[] tooLong = sealed(new byte[GossipCodec.PAYLOAD_BYTES_MAX]);

        assertThatThrownBy(() -> digest(tooLong))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessageContaining("exceeds 524288");
    }

    @Test
    void theDigestOfTheLargestRingFits() {
        List<DigestEntry> entries = new ArrayList<>();
        for (int i = 0; i < MembershipConfig.MEMBERS_MAX; i++) {
            entries.add(new DigestEntry(new PeerId(new NodeId(i), Long.MAX_VALUE), Long.MAX_VALUE));
        }
        Digest largest = new Digest(true, entries);

        byte[] payload = GossipCodec.encode(largest);

        assertThat(payload.length).isLessThan(GossipCodec.PAYLOAD_BYTES_MAX);
        assertThat(digest(payload)).isEqualTo(largest);
    }

    @ParameterizedTest
    @ValueSource(ints = {GossipCodec.FIELD_BYTES_MAX + 1, Integer.MAX_VALUE, -1})
    void aPropertyOverTheLimitIsRefusedBeforeItIsRead(int length) {
        ByteWriter body = new ByteWriter(64);
        body.putInt(1).putLong(7).putByte(1).putByte(0).putByte(5).putByte(1);
        body.putVarInt(99).putByte(1).putVarInt(length).putBytes(new byte[20]);

        assertThatThrownBy(() -> delta(sealed(body.toBytes()))).isInstanceOf(MalformedBytesException.class);
    }

    @Test
    void aPlaceThatCannotBeIsRefused() {
        byte[] good = new Place("east", "r1", 1, 16, null).encode();
        int weightAt = (4 + 4) + (4 + 2);
        int vnodesAt = weightAt + 8;
        for (int position : new int[] {0, 4 + 4, weightAt, vnodesAt, vnodesAt + 1}) {
            byte[] bytes = good.clone();
            bytes[position] = (byte) (position == vnodesAt + 1 ? 0 : 0xFF);
            TreeMap<Integer, Field> fields = new TreeMap<>(Map.of(EndpointState.PLACE, new Field(2, bytes)));
            Delta bad = new Delta(List.of(new StateDelta(ANN, 0, 3, fields)), List.of());

            assertThatThrownBy(() -> delta(GossipCodec.encode(bad))).isInstanceOf(MalformedBytesException.class);
        }
    }

    @Test
    void propertiesOfALaterVersionAreKeptAndPassedOn() {
        TreeMap<Integer, Field> fields = new TreeMap<>(
                started(ANN, new PeerAddress("a", 1), Place.of(1)).deltaSince(0).fields());
        fields.put(77, new Field(9, new byte[] {1, 2, 3}));
        StateDelta sent = new StateDelta(ANN, 0, 10, fields);

        Delta received = delta(GossipCodec.encode(new Delta(List.of(sent), List.of())));
        EndpointState state = EndpointState.received(received.states().get(0));

        assertThat(state.deltaSince(5).fields()).containsOnlyKeys(77);
        assertThat(state.deltaSince(0)).isEqualTo(sent);
    }

    @Test
    void aStatusOfALaterVersionIsUnknown() {
        TreeMap<Integer, Field> fields = new TreeMap<>(Map.of(EndpointState.STATUS, new Field(1, new byte[] {99})));

        EndpointState state = EndpointState.received(new StateDelta(ANN, 0, 2, fields));

        assertThat(state.status()).isEqualTo(EndpointStatus.UNKNOWN);
    }

    private static EndpointState started(PeerId peer, PeerAddress address, Place place) {
        RingNote note = new RingNote(new RingEpoch(0x77, 5), 1_700_000_000_000_000L, 4);
        return EndpointState.started(peer, address, EndpointStatus.NORMAL, place, note);
    }

    private static void assertRefusedByAll(byte[] payload) {
        assertThatThrownBy(() -> digest(payload)).isInstanceOf(MalformedBytesException.class);
        assertThatThrownBy(() -> delta(payload)).isInstanceOf(MalformedBytesException.class);
        assertThatThrownBy(() -> probe(payload)).isInstanceOf(MalformedBytesException.class);
    }

    private static int refusals(byte[] payload) {
        List<Function<byte[], Object>> decoders =
                List.of(GossipCodecTest::digest, GossipCodecTest::delta, GossipCodecTest::probe);
        int refused = 0;
        for (Function<byte[], Object> decoder : decoders) {
            try {
                Objects.requireNonNull(decoder.apply(payload));
            } catch (MalformedBytesException e) {
                refused++;
            }
        }
        return refused;
    }

    private static byte[] sealed(byte[] body) {
        CRC32C crc = new CRC32C();
        crc.update(body);
        return new ByteWriter(5 + body.length)
                .putByte(1)
                .putInt((int) crc.getValue())
                .putBytes(body)
                .toBytes();
    }

    private static Digest digest(byte[] payload) {
        return GossipCodec.decodeDigest(new ByteReader(payload));
    }

    private static Delta delta(byte[] payload) {
        return GossipCodec.decodeDelta(new ByteReader(payload));
    }

    private static Probe probe(byte[] payload) {
        return GossipCodec.decodeProbe(new ByteReader(payload));
    }

    private static byte[] stored(Map<String, byte[]> stored, String name) {
        return Objects.requireNonNull(stored.get(name), name);
    }

    private static Map<String, byte[]> stored(String resource) throws IOException {
        Map<String, byte[]> messages = new TreeMap<>();
        try (InputStream in = Objects.requireNonNull(GossipCodecTest.class.getResourceAsStream(resource))) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                String[] parts = line.split(" ");
                messages.put(parts[0], HexFormat.of().parseHex(parts[1]));
            }
        }
        return messages;
    }
}
