package io.kvmesh.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.ring.Replication;
import io.kvmesh.ring.RingMember;
import io.kvmesh.ring.RingState;
import io.kvmesh.ring.Token;
import io.kvmesh.runtime.RandomSource;
import io.kvmesh.transport.PeerId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The stored and sent bytes of states of the ring. To write the stored ones anew after an intended change:
 * {@code -Dkvmesh.golden.write=true}, and keep the old ones as well once they were released.
 */
class RingCodecTest {
    private static final Path GOLDEN = Path.of("src/test/resources/formats/ring-v1.txt");
    private static final PeerId ANN = new PeerId(new NodeId(0x0123456789ABCDEFL), 3);
    private static final PeerId BOB = new PeerId(new NodeId(0xFEDCBA9876543210L), 1_700_000_000_000L);

    private static final RingState FORMING =
            RingState.forming(0x77, 1_700_000_000_000_000L, Replication.of(3), member(ANN, "east", "r1", 1, 2));
    private static final RingState CHANGING = RingState.forming(
                    0x77,
                    1_700_000_000_000_000L,
                    Replication.perDataCenter(Map.of("east", 3, "west", 2)),
                    member(ANN, "east", "r1", 1.5))
            .formed(List.of(
                    member(ANN, "east", "r1", 1.5, 1, -2), member(new PeerId(new NodeId(9), 1), "west", "r", 1, 5)))
            .changing(List.of(member(BOB, "west", "r2", 2, 3, 4)), List.of(new NodeId(9)), List.of(ANN.node()));
    private static final RingState DISSOLVED =
            CHANGING.dissolvedInto(RingState.forming(0x66, 5, Replication.of(3), member(ANN, "east", "r1", 1)));
    private static final RingMessage PROMISE = new RingMessage(
            RingMessage.Kind.PROMISE, CHANGING.epoch(), new Ballot(4, ANN), new Ballot(2, BOB), CHANGING);
    private static final RingMessage ASK = RingMessage.ask(new RingEpoch(0x77, 12));

    @Test
    void whatIsWrittenIsRead() {
        assertSame(RingCodec.decodeState(RingCodec.encode(FORMING)), FORMING);
        assertSame(RingCodec.decodeState(RingCodec.encode(CHANGING)), CHANGING);
        assertSame(RingCodec.decodeState(RingCodec.encode(DISSOLVED)), DISSOLVED);
        RingMessage promise = RingCodec.decodeMessage(new ByteReader(RingCodec.encode(PROMISE)));
        assertThat(promise.kind()).isEqualTo(PROMISE.kind());
        assertThat(promise.ballot()).isEqualTo(PROMISE.ballot());
        assertThat(promise.accepted()).isEqualTo(PROMISE.accepted());
        assertSame(Objects.requireNonNull(promise.state()), CHANGING);
        assertThat(RingCodec.decodeMessage(new ByteReader(RingCodec.encode(ASK))))
                .isEqualTo(ASK);
    }

    @Test
    void storedStatesOfFormatOneAreStillReadAndWritten() throws IOException {
        TreeMap<String, byte[]> written = new TreeMap<>(Map.of(
                "forming", RingCodec.encode(FORMING),
                "changing", RingCodec.encode(CHANGING),
                "dissolved", RingCodec.encode(DISSOLVED),
                "promise", RingCodec.encode(PROMISE),
                "ask", RingCodec.encode(ASK)));
        HexFormat hex = HexFormat.of();
        if (Boolean.getBoolean("kvmesh.golden.write")) {
            Files.write(
                    GOLDEN,
                    written.entrySet().stream()
                            .map(entry -> entry.getKey() + " " + hex.formatHex(entry.getValue()))
                            .toList());
        }
        Map<String, byte[]> stored = Files.readAllLines(GOLDEN).stream()
                .map(line -> line.split(" "))
                .collect(Collectors.toMap(line -> line[0], line -> hex.parseHex(line[1])));

        assertThat(stored.keySet()).isEqualTo(written.keySet());
        stored.forEach(
                (name, bytes) -> assertThat(hex.formatHex(bytes)).as(name).isEqualTo(hex.formatHex(written.get(name))));
        assertSame(RingCodec.decodeState(Objects.requireNonNull(stored.get("changing"))), CHANGING);
    }

    @Test
    void everyTruncationAndEveryFlippedBitIsRefused() {
        byte[] bytes = RingCodec.encode(PROMISE);
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> RingCodec.decodeMessage(new ByteReader(cut)))
                    .isInstanceOf(MalformedBytesException.class);
        }
        for (int bit = 0; bit < bytes.length * 8; bit++) {
            byte[] flipped = bytes.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertThatThrownBy(() -> RingCodec.decodeMessage(new ByteReader(flipped)))
                    .isInstanceOf(MalformedBytesException.class);
        }
    }

    /** As a faulty or hostile member could send it: refused or understood, never another error. */
    @Test
    void damagedBodiesWithARightChecksumAreRefusedOrUnderstood() {
        RandomSource random = RandomSource.seeded(5);
        byte[] body = Arrays.copyOfRange(RingCodec.encode(PROMISE), 5, RingCodec.encode(PROMISE).length);
        int refused = 0;
        for (int round = 0; round < 20_000; round++) {
            byte[] damaged = body.clone();
            for (int flips = 1 + random.nextInt(4); flips > 0; flips--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            byte[] sealed =
                    RingCodec.finish(RingCodec.newPayload(damaged.length).putBytes(damaged));
            try {
                RingCodec.decodeMessage(new ByteReader(sealed));
            } catch (MalformedBytesException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(1_000, 19_000);
    }

    @Test
    void aLaterFormatIsRefusedByItsNumber() {
        byte[] bytes = RingCodec.encode(FORMING);
        bytes[0] = 2;

        assertThatThrownBy(() -> RingCodec.decodeState(bytes))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessage("ring format 2 is not known, this member speaks 1");
    }

    @Test
    void aPayloadOverTheLimitIsRefused() {
        byte[] tooLong = new byte[RingCodec.PAYLOAD_BYTES_MAX + 1];

        assertThatThrownBy(() -> RingCodec.decodeState(tooLong))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessageContaining("exceeds 8388608");
    }

    private static RingMember member(PeerId peer, String dataCenter, String rack, double weight, long... tokens) {
        List<Token> all = Arrays.stream(tokens)
                .mapToObj(token -> new Token(token, ~token))
                .toList();
        return new RingMember(peer.node(), weight, dataCenter, rack, all);
    }

    private static void assertSame(RingState read, RingState expected) {
        assertThat(read.epoch()).isEqualTo(expected.epoch());
        assertThat(read.foundedMicros()).isEqualTo(expected.foundedMicros());
        assertThat(read.phase()).isEqualTo(expected.phase());
        assertThat(read.changeNumber()).isEqualTo(expected.changeNumber());
        assertThat(read.replication()).isEqualTo(expected.replication());
        assertThat(read.seats()).isEqualTo(expected.seats());
        assertThat(read.successorLineage()).isEqualTo(expected.successorLineage());
    }
}
