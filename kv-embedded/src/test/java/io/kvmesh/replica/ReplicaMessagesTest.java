package io.kvmesh.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.model.Version;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplicaMessagesTest {
    private static final Version VERSION = new Version(0x0102030405060708L, new NodeId(0x1112131415161718L));
    private static final RingEpoch EPOCH = new RingEpoch(0x2122232425262728L, 7);
    private static final MapDescriptor MAP = MapDescriptor.of("places", "long.1", "kryo.1");

    @Test
    void cellsSurviveTheWire() {
        for (Cell cell : new Cell[] {
            Cell.of(new byte[] {9, 8, 7}, VERSION),
            Cell.of(new byte[0], VERSION),
            Cell.expiring(new byte[] {5}, VERSION, 77),
            Cell.tombstone(VERSION)
        }) {
            ByteWriter writer = new ByteWriter(16);
            ReplicaMessages.putCell(writer, cell);
            assertThat(writer.length()).isLessThanOrEqualTo(ReplicaMessages.cellBytes(cell));
            assertThat(ReplicaMessages.readCell(new ByteReader(writer.toBytes())))
                    .isEqualTo(cell);
        }
    }

    @Test
    void aWriteHasTheBytesThatTheFormatDocumentStates() {
        ByteWriter writer = new ByteWriter(16);
        Key key = Key.of(0x00A1, new byte[] {0x75, 0x73});
        ReplicaMessages.putHead(writer, EPOCH, MAP, key);
        assertThat(writer.length()).isEqualTo(ReplicaMessages.headBytes(key));
        ReplicaMessages.putCell(writer, Cell.of(new byte[] {0x2A}, VERSION));
        String map = HexFormat.of().toHexDigits(MAP.id().value());
        String hash = HexFormat.of().toHexDigits(ReplicaMessages.descriptorHash(MAP));
        assertThat(HexFormat.of().formatHex(writer.toBytes()))
                .isEqualTo("2122232425262728" + "0000000000000007" + map + hash + "00000004" + "00a17573" + "00"
                        + "0102030405060708" + "1112131415161718" + "00000001" + "2a");
    }

    @Test
    void everyTruncationIsRefused() {
        ByteWriter writer = new ByteWriter(16);
        ReplicaMessages.putHead(writer, EPOCH, MAP, Key.of(1, new byte[] {1, 2, 3}));
        ReplicaMessages.putCell(writer, Cell.expiring(new byte[] {5}, VERSION, 77));
        byte[] whole = writer.toBytes();
        for (int length = 0; length < whole.length; length++) {
            ByteReader reader = new ByteReader(whole, 0, length);
            assertThatThrownBy(() -> {
                        ReplicaMessages.readHead(reader);
                        ReplicaMessages.readCell(reader);
                    })
                    .isInstanceOf(MalformedBytesException.class);
        }
    }

    @Test
    void aRefusalForTheRingCarriesTheReplicasState() {
        ByteWriter writer = new ByteWriter(16);
        ReplicaMessages.putRingRefusal(writer, Refusal.RING_STALE, "old", EPOCH);
        assertThat(HexFormat.of().formatHex(writer.toBytes()))
                .isEqualTo("04" + "08" + "00000003" + "6f6c64" + "2122232425262728" + "0000000000000007");
        ByteReader reader = new ByteReader(writer.toBytes());
        assertThat(ReplicaMessages.readStatus(reader)).isEqualTo(ReplyStatus.REFUSED);
        assertThat(ReplicaMessages.readRefusal(reader)).isEqualTo(Refusal.RING_STALE);
        assertThat(reader.readString()).isEqualTo("old");
        assertThat(ReplicaMessages.readEpoch(reader)).isEqualTo(EPOCH);
        assertThat(ReplicaMessages.readRefusal(new ByteReader(new byte[] {9}))).isEqualTo(Refusal.RING_BEHIND);
    }

    @Test
    void unknownFlagsAndCodesAreRefused() {
        ByteWriter negative = new ByteWriter(16).putLong(1).putLong(-1);
        assertThatThrownBy(() -> ReplicaMessages.readEpoch(new ByteReader(negative.toBytes())))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessageContaining("state -1");
        assertThatThrownBy(() -> ReplicaMessages.readCell(new ByteReader(new byte[] {(byte) 0x80})))
                .hasMessageContaining("flags 128");
        assertThatThrownBy(() -> ReplicaMessages.readStatus(new ByteReader(new byte[] {99})))
                .hasMessageContaining("status 99");
        assertThatThrownBy(() -> ReplicaMessages.readRefusal(new ByteReader(new byte[] {99})))
                .hasMessageContaining("refusal 99");
    }

    @Test
    void mapsWithOtherCodecsDiffer() {
        assertThat(ReplicaMessages.descriptorHash(MAP))
                .isNotEqualTo(ReplicaMessages.descriptorHash(MapDescriptor.of("places", "string.1", "kryo.1")));
    }

    @Test
    void receiversHaveTheBytesThatTheFormatDocumentStatesAndABound() {
        List<NodeId> receivers = List.of(new NodeId(0x0102030405060708L), new NodeId(9));
        ByteWriter writer = new ByteWriter(16);
        ReplicaMessages.putReceivers(writer, receivers);
        assertThat(writer.length()).isEqualTo(ReplicaMessages.receiversBytes(2));
        assertThat(HexFormat.of().formatHex(writer.toBytes()))
                .isEqualTo("02" + "0102030405060708" + "0000000000000009");
        assertThat(ReplicaMessages.readReceivers(new ByteReader(writer.toBytes())))
                .isEqualTo(receivers);
        for (int count : new int[] {0, ReplicaMessages.RECEIVERS_MAX + 1}) {
            assertThatThrownBy(() -> ReplicaMessages.readReceivers(new ByteReader(new byte[] {(byte) count})))
                    .isInstanceOf(MalformedBytesException.class)
                    .hasMessage(count + " receivers are not between 1 and 32");
            assertThatThrownBy(() -> ReplicaMessages.putReceivers(writer, Collections.nCopies(count, VERSION.origin())))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(count + " receivers are not between 1 and 32");
        }
    }
}
