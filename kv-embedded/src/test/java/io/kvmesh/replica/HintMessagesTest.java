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
import io.kvmesh.model.Version;
import io.kvmesh.replica.HintMessages.HintRequest;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class HintMessagesTest {
    private static final Version VERSION = new Version(0x0102030405060708L, new NodeId(0x1112131415161718L));
    private static final MapDescriptor MAP = MapDescriptor.of("places", "long.1", "kryo.1");
    private static final Key KEY = Key.of(0x00A1, new byte[] {0x75, 0x73});
    private static final NodeId TARGET = new NodeId(0x2122232425262728L);

    @Test
    void aRequestHasTheBytesThatTheFormatDocumentStates() {
        String map = HexFormat.of().toHexDigits(MAP.id().value());
        String hash = HexFormat.of().toHexDigits(ReplicaMessages.descriptorHash(MAP));
        assertThat(HexFormat.of().formatHex(encode(Cell.of(new byte[] {0x2A}, VERSION))))
                .isEqualTo(map + hash + "00000004" + "00a17573" + "2122232425262728" + "00" + "0102030405060708"
                        + "1112131415161718" + "00000001" + "2a");
    }

    @Test
    void requestsSurviveTheWire() {
        for (Cell cell : new Cell[] {
            Cell.of(new byte[] {9, 8}, VERSION), Cell.expiring(new byte[0], VERSION, 77), Cell.tombstone(VERSION)
        }) {
            HintRequest read = HintMessages.readRequest(new ByteReader(encode(cell)));
            assertThat(read.target()).isEqualTo(TARGET);
            assertThat(read.map()).isEqualTo(MAP.id());
            assertThat(read.key()).isEqualTo(KEY);
            assertThat(read.cell()).isEqualTo(cell);
            assertThat(read.isOf(MAP)).isTrue();
            assertThat(read.isOf(MapDescriptor.of("places", "string.1", "kryo.1")))
                    .isFalse();
        }
    }

    @Test
    void everyTruncationIsRefused() {
        byte[] whole = encode(Cell.expiring(new byte[] {5}, VERSION, 77));
        for (int length = 0; length < whole.length; length++) {
            ByteReader reader = new ByteReader(whole, 0, length);
            assertThatThrownBy(() -> HintMessages.readRequest(reader)).isInstanceOf(MalformedBytesException.class);
        }
    }

    private static byte[] encode(Cell cell) {
        ByteWriter writer = new ByteWriter(16);
        HintMessages.putRequest(writer, MAP, KEY, TARGET, cell);
        assertThat(writer.length()).isLessThanOrEqualTo(HintMessages.requestBytes(KEY, cell));
        return writer.toBytes();
    }
}
