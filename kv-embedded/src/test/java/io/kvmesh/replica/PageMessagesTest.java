package io.kvmesh.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.kvmesh.codec.ByteReader;
import io.kvmesh.codec.ByteWriter;
import io.kvmesh.codec.MalformedBytesException;
import io.kvmesh.model.Cell;
import io.kvmesh.model.Key;
import io.kvmesh.model.KeySpan;
import io.kvmesh.model.MapDescriptor;
import io.kvmesh.model.NodeId;
import io.kvmesh.model.RingEpoch;
import io.kvmesh.model.Version;
import io.kvmesh.replica.PageMessages.KeyedCell;
import io.kvmesh.replica.PageMessages.Page;
import io.kvmesh.replica.PageMessages.RestOfRequest;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class PageMessagesTest {
    private static final Version VERSION = new Version(0x0102030405060708L, new NodeId(0x1112131415161718L));
    private static final RingEpoch EPOCH = new RingEpoch(0x2122232425262728L, 7);
    private static final MapDescriptor MAP = MapDescriptor.of("places", "long.1", "kryo.1");
    private static final Key FIRST = Key.of(0x00A1, new byte[] {0x75});
    private static final Key SECOND = Key.of(0x00A2, new byte[] {});
    private static final KeySpan SPAN = new KeySpan(FIRST, Key.of(0x00A3, new byte[0]));
    private static final Page PAGE = new Page(
            List.of(
                    new KeyedCell(FIRST, Cell.of(new byte[] {0x2A}, VERSION)),
                    new KeyedCell(SECOND, Cell.tombstone(VERSION))),
            true);

    private static String hex(ByteWriter writer) {
        return HexFormat.of().formatHex(writer.toBytes());
    }

    private static ByteReader pageReader(Page page) {
        ByteWriter writer = new ByteWriter(16);
        PageMessages.putPage(writer, page);
        ByteReader reader = new ByteReader(writer.toBytes());
        assertThat(ReplicaMessages.readStatus(reader)).isEqualTo(ReplyStatus.PAGE);
        return reader;
    }

    @Test
    void aRequestHasTheBytesThatTheFormatDocumentStates() {
        String head = "2122232425262728" + "0000000000000007"
                + HexFormat.of().toHexDigits(MAP.id().value())
                + HexFormat.of().toHexDigits(ReplicaMessages.descriptorHash(MAP)) + "00000003" + "00a175";
        ByteWriter writer = new ByteWriter(16);
        PageMessages.putRequest(writer, EPOCH, MAP, SPAN, 1_000, false);
        assertThat(hex(writer)).isEqualTo(head + "01" + "00000002" + "00a3" + "000003e8");
        assertThat(writer.length()).isEqualTo(PageMessages.requestBytes(SPAN));

        KeySpan open = new KeySpan(FIRST, null);
        ByteWriter toTheEnd = new ByteWriter(16);
        PageMessages.putRequest(toTheEnd, EPOCH, MAP, open, PageMessages.PAGE_BYTES_MAX, true);
        assertThat(hex(toTheEnd)).isEqualTo(head + "02" + "00040000");
        assertThat(toTheEnd.length()).isEqualTo(PageMessages.requestBytes(open));
        ByteReader reader = new ByteReader(toTheEnd.toBytes());
        ReplicaMessages.Head asked = ReplicaMessages.readHead(reader);
        assertThat(asked.epoch()).isEqualTo(EPOCH);
        Key from = asked.key();
        assertThat(PageMessages.readRest(from, reader))
                .isEqualTo(new RestOfRequest(null, PageMessages.PAGE_BYTES_MAX, true));
    }

    @Test
    void aPageHasTheBytesThatTheFormatDocumentStates() {
        ByteWriter writer = new ByteWriter(16);
        PageMessages.putPage(writer, PAGE);
        String version = "0102030405060708" + "1112131415161718";
        assertThat(hex(writer))
                .isEqualTo("08" + "01" + "00000002" + "00000003" + "00a175" + "00" + version + "00000001" + "2a"
                        + "00000002" + "00a2" + "01" + version);
        assertThat(PageMessages.readPage(pageReader(PAGE), SPAN)).isEqualTo(PAGE);
    }

    @Test
    void unreasonableRequestsAreRefused() {
        assertRefused("01" + "00000003" + "00a175" + "00000001", "cannot end before its first key");
        assertRefused("04", "unknown kind 4");
        assertRefused("01" + "00000001" + "00", "has no partition");
        assertRefused("00" + "00000000", "1 to 262144 are allowed");
        assertRefused("00" + "00040001", "a page of 262145 bytes was asked for");
    }

    private static void assertRefused(String rest, String reason) {
        ByteReader reader = new ByteReader(HexFormat.of().parseHex(rest));
        assertThatThrownBy(() -> PageMessages.readRest(FIRST, reader))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void pagesOfOtherKeysThanThoseAskedForAreRefused() {
        KeySpan other = new KeySpan(SECOND, null);
        assertThatThrownBy(() -> PageMessages.readPage(pageReader(PAGE), other))
                .isInstanceOf(MalformedBytesException.class)
                .hasMessageContaining("does not belong into the page");
        Page twice = new Page(List.of(PAGE.cells().get(0), PAGE.cells().get(0)), false);
        assertThatThrownBy(() -> PageMessages.readPage(pageReader(twice), SPAN))
                .hasMessageContaining("does not belong into the page");
        Page endless = new Page(List.of(), true);
        assertThatThrownBy(() -> PageMessages.readPage(pageReader(endless), SPAN))
                .hasMessageContaining("an empty page has more behind it");
    }

    @Test
    void everyTruncationIsRefused() {
        ByteWriter writer = new ByteWriter(16);
        PageMessages.putPage(writer, PAGE);
        byte[] whole = writer.toBytes();
        for (int length = 1; length < whole.length; length++) {
            ByteReader reader = new ByteReader(whole, 1, length - 1);
            assertThatThrownBy(() -> PageMessages.readPage(reader, SPAN)).isInstanceOf(MalformedBytesException.class);
        }
    }
}
